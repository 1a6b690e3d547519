import { createHash } from 'node:crypto'

/** Everything random of one trial: the same seed gives the same schedule. */
export interface Random {
  readonly seed: string
  /** 0 ≤ x < 1. */
  next(): number
  /** Whole number, both ends included. */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(values: readonly T[]): T
  bytes(count: number): Buffer
  /** Lower-case hex of `bytes` bytes. */
  hex(bytes: number): string
  /** Another sequence for a part of the trial, not moved by draws elsewhere. */
  fork(name: string): Random
}

export function createRandom(seed: string): Random {
  const digest = createHash('sha256').update(seed).digest()
  let state = digest.readUInt32LE(0)
  const next = (): number => {
    // mulberry32: short, well mixed, and the same on every machine.
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => between(0, 255)))
  return {
    seed,
    next,
    between,
    chance: (probability) => next() < probability,
    pick(values) {
      const value = values[between(0, values.length - 1)]
      if (value === undefined) throw new Error('nothing to pick from')
      return value
    },
    bytes,
    hex: (count) => bytes(count).toString('hex'),
    fork: (name) => createRandom(`${seed}/${name}`),
  }
}
