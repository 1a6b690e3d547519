import type { Violation } from '../auditor/evidence.ts'
import { readLedger } from '../auditor/ledger.ts'
import { found } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'

/** What the clients of a trial were refused so far. */
export function refusals(world: World): readonly { readonly code: string; readonly status: number; route: string }[] {
  return readLedger('client', world.ledgerPath('client')).flatMap((fact) => {
    if (fact.kind !== 'refused') return []
    return [{ code: /"code":"([A-Z_]+)"/.exec(fact.body)?.[1] ?? '', status: fact.status, route: fact.route }]
  })
}

export function wasRefused(world: World, code: string): boolean {
  return refusals(world).some((refusal) => refusal.code === code)
}

/** Refusals of this trial speak of its fault, of what was cancelled too late, and of nothing else. */
export function otherRefusals(world: World, fault: string, code: string): Violation[] {
  return refusals(world)
    .filter((refusal) => refusal.code !== code && refusal.code !== 'ALREADY_FINISHED')
    .map(({ code: told, status, route }) =>
      found('I11', `${fault} was told as ${told} (${String(status)}) by ${route}`),
    )
}
