import { DatabaseSync } from 'node:sqlite'
import type { z } from 'zod'
import type { storeFaultSchema } from './messages.ts'

type StoreFault = z.output<typeof storeFaultSchema>

export interface StoreFaults {
  arm(fault: StoreFault | null): void
}

/** What SQLite throws when a disk fails under it. */
class DiskError extends Error {
  readonly code = 'ERR_SQLITE_ERROR'
  readonly errcode = 10
  readonly errstr = 'disk I/O error'
}

/** Puts itself between this process and SQLite: the n-th call fails, before or after it was carried out. */
export function installStoreFaults(fired: (what: string) => void): StoreFaults {
  let armed: StoreFault | null = null
  let seen = 0
  const passing = <T>(kind: StoreFault['at'], call: () => T): T => {
    const fault = armed
    if (fault?.at !== kind) return call()
    seen += 1
    const isDue = seen >= fault.nth && seen < fault.nth + fault.times
    if (!isDue) return call()
    if (fault.when === 'after') call()
    fired(`${fault.when} ${kind} ${String(seen)}`)
    throw new DiskError('disk I/O error')
  }
  wrap(DatabaseSync.prototype, 'exec', (call, [sql]) => passing(kindOf(sql), call))
  const probe = new DatabaseSync(':memory:')
  const statement: object = Object.getPrototypeOf(probe.prepare('SELECT 1')) as object
  probe.close()
  for (const name of ['all', 'run']) {
    wrap(statement, name, (call, _parameters, self) => passing(kindOf(Reflect.get(self, 'sourceSQL')), call))
  }
  return {
    arm(fault) {
      armed = fault
      seen = 0
    },
  }
}

type Around = (call: () => unknown, parameters: readonly unknown[], self: object) => unknown

function kindOf(sql: unknown): StoreFault['at'] {
  return typeof sql === 'string' && /^\s*COMMIT\b/i.test(sql) ? 'commit' : 'statement'
}

/** Replaces a method of every object of a class by one that goes through `around`. */
function wrap(prototype: object, name: string, around: Around): void {
  const original: unknown = Reflect.get(prototype, name)
  if (typeof original !== 'function') throw new Error(`SQLite has no ${name}`)
  Reflect.set(prototype, name, function (this: object, ...parameters: unknown[]): unknown {
    return around(() => Reflect.apply(original, this, parameters) as unknown, parameters, this)
  })
}
