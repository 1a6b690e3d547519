import { Gauge } from 'prom-client'
import type { Registry } from 'prom-client'

/** One measured value with its labels. */
export type Sample<L extends string> = readonly [labels: Readonly<Record<L, string>>, value: number]

export interface GaugeSpec<L extends string> {
  readonly name: string
  readonly help: string
  readonly labels?: readonly L[]
}

/** A gauge that is read anew at each scrape: what is not there any more leaves no stale value behind. */
export function addGauge<L extends string = never>(
  registry: Registry,
  { name, help, labels = [] }: GaugeSpec<L>,
  read: () => readonly Sample<L>[] | Promise<readonly Sample<L>[]>,
): void {
  new Gauge({
    ...{ name, help, labelNames: labels, registers: [registry] },
    async collect() {
      const samples = await read()
      this.reset()
      // A gauge without labels would keep the 0 of its reset where nothing is known.
      if (samples.length === 0 && labels.length === 0) this.remove()
      for (const [of, value] of samples) this.set(of, value)
    },
  })
}

/** A gauge of one number; nothing is told while it is not known. */
export function addNumber(
  registry: Registry,
  spec: GaugeSpec<never>,
  read: () => number | null | Promise<number | null>,
): void {
  addGauge(registry, spec, async () => {
    const value = await read()
    return value === null ? [] : [[{}, value]]
  })
}

export function seconds(ms: number): number {
  return ms / 1000
}
