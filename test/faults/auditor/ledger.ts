import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { factSchemas, nowAt } from './facts.ts'
import type { Facts } from './facts.ts'

/** As its writer tells it: when it is noted is when it happened. */
export type Undated<F> = F extends unknown ? Omit<F, 'at'> : never

/** An append-only file of facts, written by a party outside the system under test. */
export interface Ledger<F> {
  note(fact: Undated<F>): void
  close(): void
}

/** Each line is on the disk before `note` returns: what a killed party did is known. */
export function openLedger<K extends keyof Facts>(path: string): Ledger<Facts[K]> {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_SYNC, 0o600)
  let isOpen = true
  return {
    note(fact) {
      if (isOpen) writeSync(file, `${JSON.stringify({ at: nowAt(), ...fact })}\n`)
    },
    close() {
      if (isOpen) closeSync(file)
      isOpen = false
    },
  }
}

/** Every fact, oldest first. The last line may be cut short where its writer was killed while writing it. */
export function readLedger<K extends keyof Facts>(kind: K, path: string): Facts[K][] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  const whole = lines.slice(0, -1)
  return whole.map((line) => factSchemas[kind].parse(JSON.parse(line)) as Facts[K])
}
