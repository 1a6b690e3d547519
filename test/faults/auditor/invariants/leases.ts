import type { Evidence, Violation } from '../evidence.ts'
import { found, groupBy } from '../violations.ts'

/** Runs that were accepted, and runs whose worker vanished: 5 + 3. */
const MOST_EXECUTIONS = 8
const MOST_POISON_EXECUTIONS = 3

/** I4: once a newer lease was granted, nothing of an older one is accepted. */
export function oldLeasesWriteNothing(evidence: Evidence): Violation[] {
  const violations: Violation[] = []
  for (const [taskId, facts] of groupBy(evidence.worker, (fact) => fact.taskId)) {
    const grants = facts.filter((fact) => fact.kind === 'granted')
    for (const ack of facts) {
      if (ack.kind !== 'result.acked' || ack.outcome !== 'ok') continue
      const sent = facts.findLast(
        (fact) =>
          fact.kind === 'result.sent' && fact.epoch === ack.epoch && fact.worker === ack.worker && fact.at <= ack.at,
      )
      const newer = grants.find((grant) => grant.epoch > ack.epoch && grant.at < (sent?.at ?? ack.at))
      if (newer !== undefined) {
        violations.push(
          found(
            'I4',
            `${taskId}: a result of epoch ${String(ack.epoch)} was taken after ${String(newer.epoch)} was granted`,
          ),
        )
      }
    }
  }
  for (const row of evidence.tasks) {
    if (row.settledEpoch > row.epoch) violations.push(found('I4', `${row.id} is settled by an epoch that never was`))
    if (row.state !== 'succeeded') continue
    const run = evidence.worker.find(
      (fact) => fact.kind === 'finished' && fact.taskId === row.id && fact.sha256 === row.outputSha256,
    )
    const newest = Math.max(0, ...startsOf(evidence, row.id).map((fact) => fact.epoch))
    // A run may go on under a newer lease of the same worker; what ran under an older one than another run must not win.
    if (run !== undefined && run.epoch < newest && row.settledEpoch < newest) {
      violations.push(
        found('I4', `${row.id} shows the result of epoch ${String(run.epoch)}, the newest run had ${String(newest)}`),
      )
    }
  }
  return violations
}

/** I5: at most one live lease per task: each epoch is granted once, to one worker, under one token. */
export function leasesAreExclusive(evidence: Evidence): Violation[] {
  const violations: Violation[] = []
  const grants = evidence.worker.filter((fact) => fact.kind === 'granted')
  for (const [key, facts] of groupBy(grants, (fact) => `${fact.taskId} epoch ${String(fact.epoch)}`)) {
    const holders = new Set(facts.map((fact) => `${fact.worker}/${fact.token}`))
    if (holders.size > 1) violations.push(found('I5', `${key} was granted to ${String(holders.size)} holders`))
  }
  const starts = evidence.worker.filter((fact) => fact.kind === 'started')
  for (const [key, facts] of groupBy(starts, (fact) => `${fact.taskId} epoch ${String(fact.epoch)}`)) {
    const workers = new Set(facts.map((fact) => fact.worker))
    if (workers.size > 1) violations.push(found('I5', `${key} ran on ${[...workers].join(' and ')}`))
  }
  return violations
}

/** I8: executions are bounded. */
export function executionsAreBounded(evidence: Evidence): Violation[] {
  const starts = evidence.worker.filter((fact) => fact.kind === 'started')
  return [...groupBy(starts, (fact) => fact.taskId)].flatMap(([taskId, facts]) => {
    const most = evidence.expectations.poison.has(taskId) ? MOST_POISON_EXECUTIONS : MOST_EXECUTIONS
    return facts.length <= most
      ? []
      : [found('I8', `${taskId} ran ${String(facts.length)} times, at most ${String(most)}`)]
  })
}

function startsOf(evidence: Evidence, taskId: string) {
  return evidence.worker.filter((fact) => fact.kind === 'started').filter((fact) => fact.taskId === taskId)
}
