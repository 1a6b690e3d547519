import type { Evidence, StoredTaskRow, Violation } from '../evidence.ts'
import type { WorkerFact } from '../facts.ts'
import { found, groupBy } from '../violations.ts'

/** Runs that were accepted, and runs whose worker vanished: 5 + 3. */
const MOST_EXECUTIONS = 8
const MOST_POISON_EXECUTIONS = 3

/** I4: once a newer lease was granted, nothing of an older one is accepted. */
export function oldLeasesWriteNothing(evidence: Evidence): Violation[] {
  const byTask = groupBy(evidence.worker, (fact) => fact.taskId)
  return [
    ...[...byTask].flatMap(([taskId, facts]) => acceptedTooLate(taskId, facts)),
    ...evidence.tasks.flatMap((row) => settledByItsHolder(row, byTask.get(row.id) ?? [])),
  ]
}

/** What workers heard on the wire: an accepted success is the last lease of its task, a failure the last until then. */
function acceptedTooLate(taskId: string, facts: readonly WorkerFact[]): Violation[] {
  return facts.flatMap((ack) => {
    if (ack.kind !== 'result.acked' || ack.outcome !== 'ok') return []
    const sent = facts
      .filter((fact) => fact.kind === 'result.sent')
      .findLast((fact) => fact.epoch === ack.epoch && fact.worker === ack.worker && fact.at <= ack.at)
    const untilAt = sent?.isSuccess === true ? Infinity : (sent?.at ?? ack.at)
    const newer = grantsOf(facts).find((grant) => grant.epoch > ack.epoch && grant.at < untilAt)
    if (newer === undefined) return []
    const what = `a result of epoch ${String(ack.epoch)} was taken though ${String(newer.epoch)} was granted`
    return [found('I4', `${taskId}: ${what}`)]
  })
}

/** What is stored: the result that is shown was sent under the very lease that settled the task, by who had it. */
function settledByItsHolder(row: StoredTaskRow, facts: readonly WorkerFact[]): Violation[] {
  const { id, epoch, settledEpoch, outputSha256 } = row
  if (settledEpoch > epoch) return [found('I4', `${id} is settled by an epoch that never was`)]
  if (row.state !== 'succeeded' || outputSha256 === null) return []
  const wasSent = facts.some(
    (fact) =>
      fact.kind === 'result.sent' &&
      fact.epoch === settledEpoch &&
      fact.sha256 === outputSha256 &&
      grantsOf(facts).some((grant) => isUnder(fact, grant) && grant.token === fact.token),
  )
  if (wasSent) return []
  return [found('I4', `${id} shows a result that no holder of epoch ${String(settledEpoch)} sent`)]
}

/** I5: at most one live lease per task: each epoch has one holder and one token, and an older one is never renewed. */
export function leasesAreExclusive(evidence: Evidence): Violation[] {
  const violations: Violation[] = []
  for (const [key, facts] of groupBy(
    grantsOf(evidence.worker),
    (fact) => `${fact.taskId} epoch ${String(fact.epoch)}`,
  )) {
    const holders = new Set(facts.map((fact) => `${fact.worker}/${fact.token}`))
    if (holders.size > 1) violations.push(found('I5', `${key} was granted to ${String(holders.size)} holders`))
  }
  const starts = evidence.worker.filter((fact) => fact.kind === 'started')
  for (const [key, facts] of groupBy(starts, (fact) => `${fact.taskId} epoch ${String(fact.epoch)}`)) {
    const workers = new Set(facts.map((fact) => fact.worker))
    if (workers.size > 1) violations.push(found('I5', `${key} ran on ${[...workers].join(' and ')}`))
  }
  return [...violations, ...renewedTooLate(evidence)]
}

/** Asked for after somebody had the newer lease, and granted all the same: two leases were alive at once. */
function renewedTooLate(evidence: Evidence): Violation[] {
  return [...groupBy(evidence.worker, (fact) => fact.taskId)].flatMap(([taskId, facts]) =>
    facts.flatMap((kept) => {
      if (kept.kind !== 'kept') return []
      const newer = grantsOf(facts).find((grant) => grant.epoch > kept.epoch && grant.at < kept.askedAt)
      if (newer === undefined) return []
      const what = `epoch ${String(kept.epoch)} went on at ${kept.worker} though ${newer.worker} had ${String(newer.epoch)}`
      return [found('I5', `${taskId}: ${what}`)]
    }),
  )
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

function grantsOf(facts: readonly WorkerFact[]) {
  return facts.filter((fact) => fact.kind === 'granted')
}

function isUnder(fact: WorkerFact, grant: WorkerFact): boolean {
  return fact.worker === grant.worker && fact.epoch === grant.epoch
}
