import type { Evidence, Violation } from './evidence.ts'
import { filesAreWhole, nothingIsLeftOver } from './invariants/files.ts'
import { executionsAreBounded, leasesAreExclusive, oldLeasesWriteNothing } from './invariants/leases.ts'
import {
  followersSeeTheTruth,
  refusalsAreWhole,
  secretsStaySecret,
  tasksReachAnEnd,
  tenantsAreApart,
} from './invariants/outside.ts'
import { nobodyDiesAlone, usageIsBounded } from './invariants/processes.ts'
import { acceptedTasksExist, requestsAreIdempotent, terminalIsFinal } from './invariants/tasks.ts'

export const INVARIANTS = {
  I1: acceptedTasksExist,
  I2: terminalIsFinal,
  I3: requestsAreIdempotent,
  I4: oldLeasesWriteNothing,
  I5: leasesAreExclusive,
  I6: filesAreWhole,
  I7: nothingIsLeftOver,
  I8: executionsAreBounded,
  I9: tenantsAreApart,
  I10: tasksReachAnEnd,
  I11: refusalsAreWhole,
  I12: secretsStaySecret,
  I13: followersSeeTheTruth,
  I14: usageIsBounded,
  I15: nobodyDiesAlone,
} as const satisfies Readonly<Record<string, (evidence: Evidence) => Violation[]>>

/** Every violated invariant, all of them checked, in the order of their names. */
export function audit(evidence: Evidence): Violation[] {
  return Object.values(INVARIANTS).flatMap((check) => check(evidence))
}
