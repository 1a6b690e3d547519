import { DatabaseSync } from 'node:sqlite'
import type { z } from 'zod'
import { aroundMethod } from './aroundMethod.ts'
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
  /** Whether the transaction that is open holds what the fault is meant for. */
  let isMeant = false
  const passing = <T>(sql: string, parameters: readonly unknown[], call: () => T): T => {
    const fault = armed
    const kind = kindOf(sql)
    if (sql.startsWith('BEGIN')) isMeant = false
    if (fault?.of === undefined || sql.includes(fault.of) || parameters.includes(fault.of)) isMeant = true
    if (fault?.at !== kind || !isMeant) return call()
    seen += 1
    const isDue = seen >= fault.nth && seen < fault.nth + fault.times
    if (!isDue) return call()
    if (fault.when === 'after') call()
    fired(`${fault.when} ${kind} ${String(seen)}`)
    throw new DiskError('disk I/O error')
  }
  aroundMethod(DatabaseSync.prototype, 'exec', (call, [sql]) => passing(String(sql), [], call))
  const probe = new DatabaseSync(':memory:')
  const statement: object = Object.getPrototypeOf(probe.prepare('SELECT 1')) as object
  probe.close()
  for (const name of ['all', 'get', 'iterate', 'run']) {
    aroundMethod(statement, name, (call, parameters, self) =>
      passing(String(Reflect.get(self, 'sourceSQL')), parameters, call),
    )
  }
  return {
    arm(fault) {
      armed = fault
      seen = 0
    },
  }
}

function kindOf(sql: string): StoreFault['at'] {
  return /^\s*COMMIT\b/i.test(sql) ? 'commit' : 'statement'
}
