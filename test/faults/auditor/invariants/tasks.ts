import { isTerminal, TASK_STATES } from '../../../../src/protocol/task/index.ts'
import type { TaskState } from '../../../../src/protocol/task/index.ts'
import type { Evidence, Violation } from '../evidence.ts'
import { found, groupBy } from '../violations.ts'

const STATES: ReadonlySet<string> = new Set(TASK_STATES)

/** I1: every request that got a 2xx exists in a legal state. */
export function acceptedTasksExist(evidence: Evidence): Violation[] {
  const rows = new Map(evidence.tasks.map((row) => [row.id, row]))
  const views = new Map(evidence.views.map((view) => [view.taskId, view]))
  const violations: Violation[] = []
  if (evidence.databaseCheck !== 'ok')
    violations.push(found('I1', `the database is damaged: ${evidence.databaseCheck}`))
  for (const fact of evidence.client) {
    if (fact.kind !== 'submit.reply' || fact.status >= 300) continue
    const { taskId, requestId } = fact
    const row = taskId === null ? undefined : rows.get(taskId)
    const view = taskId === null ? undefined : views.get(taskId)
    if (taskId === null) violations.push(found('I1', `${requestId} was accepted without a task id`))
    else if (row === undefined) violations.push(found('I1', `${taskId} was accepted and is not stored`))
    else if (row.requestId !== requestId) violations.push(found('I1', `${taskId} is stored under ${row.requestId}`))
    else if (!STATES.has(row.state)) violations.push(found('I1', `${taskId} is in no legal state: ${row.state}`))
    else if (view?.status !== 200) violations.push(found('I1', `${taskId} is stored and cannot be asked for`))
  }
  return violations
}

/** I2: a terminal state never changes, and a task has exactly one visible result, which one of its runs made. */
export function terminalIsFinal(evidence: Evidence): Violation[] {
  const violations: Violation[] = []
  const rows = new Map(evidence.tasks.map((row) => [row.id, row]))
  const seen = evidence.client.filter((fact) => fact.kind === 'seen')
  for (const [taskId, facts] of groupBy(seen, (fact) => fact.taskId)) {
    const ends = new Set(facts.filter((fact) => isTerminal(toState(fact.state))).map((fact) => fact.state))
    const results = new Set(facts.flatMap((fact) => (fact.sha256 === null ? [] : [fact.sha256])))
    const row = rows.get(taskId)
    if (row !== undefined && isTerminal(toState(row.state))) ends.add(row.state)
    if (row?.outputSha256 !== undefined && row.outputSha256 !== null) results.add(row.outputSha256)
    if (ends.size > 1) violations.push(found('I2', `${taskId} ended twice: ${[...ends].join(', ')}`))
    if (ends.size > 0 && row !== undefined && !ends.has(row.state)) {
      violations.push(found('I2', `${taskId} had ended (${[...ends].join(', ')}) and is ${row.state}`))
    }
    if (results.size > 1) violations.push(found('I2', `${taskId} showed ${String(results.size)} results`))
  }
  return [...violations, ...resultsOfRuns(evidence)]
}

function resultsOfRuns(evidence: Evidence): Violation[] {
  const made = new Set<string>()
  for (const fact of evidence.worker) if (fact.kind === 'finished') made.add(`${fact.taskId}/${fact.sha256}`)
  const violations: Violation[] = []
  for (const row of evidence.tasks) {
    const view = evidence.views.find((one) => one.taskId === row.id)
    if (row.state === 'succeeded') {
      if (row.outputSha256 === null) violations.push(found('I2', `${row.id} succeeded without a result`))
      else if (!made.has(`${row.id}/${row.outputSha256}`)) {
        violations.push(found('I2', `the result of ${row.id} was made by no run of it`))
      }
      if (view?.hasResultUrl === false) violations.push(found('I2', `${row.id} succeeded and shows no result`))
    } else if (view?.hasResultUrl === true) {
      violations.push(found('I2', `${row.id} is ${row.state} and shows a result`))
    }
  }
  return violations
}

/** I3: the same request gives the same task; another payload under its id gives 409. */
export function requestsAreIdempotent(evidence: Evidence): Violation[] {
  const violations: Violation[] = []
  const replies = evidence.client.filter((fact) => fact.kind === 'submit.reply')
  for (const [key, facts] of groupBy(replies, (fact) => `${fact.tenant}/${fact.requestId}`)) {
    const accepted = facts.filter((fact) => fact.status < 300)
    const tasks = new Set(accepted.map((fact) => fact.taskId))
    const digests = new Set(accepted.map((fact) => fact.digest))
    if (tasks.size > 1) violations.push(found('I3', `${key} became ${String(tasks.size)} tasks`))
    if (digests.size > 1) violations.push(found('I3', `${key} was accepted with ${String(digests.size)} payloads`))
    const [digest] = digests
    const conflicts = facts.filter((fact) => fact.status === 409 && fact.code === 'REQUEST_ID_CONFLICT')
    if (digest !== undefined && conflicts.some((fact) => fact.digest === digest)) {
      violations.push(found('I3', `${key} was refused as a conflict with its own payload`))
    }
  }
  for (const [key, rows] of groupBy(evidence.tasks, (row) => `${row.tenant}/${row.requestId}`)) {
    if (rows.length > 1) violations.push(found('I3', `${key} is stored ${String(rows.length)} times`))
  }
  return violations
}

function toState(text: string): TaskState {
  return TASK_STATES.find((state) => state === text) ?? 'queued'
}
