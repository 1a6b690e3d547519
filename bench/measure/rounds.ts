/** One timed run; gives the figure of that run. */
export type Variant = () => Promise<number>

export interface RoundsOptions {
  readonly rounds: number
  /** Between two runs, outside the measured time: removes what the last one made, lets the disk rest. */
  readonly between?: () => Promise<void>
  readonly random?: () => number
}

/**
 * Runs every variant once a round, in a new order each round, so that a slow moment of the machine and the warmth one
 * leaves behind fall on all of them alike. One round more at the beginning is thrown away.
 */
export async function runRounds<Name extends string>(
  variants: Readonly<Record<Name, Variant>>,
  options: RoundsOptions,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(variants) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -1; round < options.rounds; round += 1) {
    for (const name of shuffled(names, options.random ?? Math.random)) {
      const figure = await variants[name]()
      if (round >= 0) samples[name].push(figure)
      await options.between?.()
    }
  }
  return samples
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}
