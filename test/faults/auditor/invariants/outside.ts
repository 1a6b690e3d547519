import { isTerminal, TASK_STATES } from '../../../../src/protocol/task/index.ts'
import { failureEnvelopeSchema } from '../../../../src/protocol/http/index.ts'
import type { Evidence, Violation } from '../evidence.ts'
import { found, groupBy } from '../violations.ts'

const REQUEST_ID = /"request_id":"[^"]*"/g
/** A stack frame, or an absolute path of a machine. */
const INSIDES = /\bat .+\.(?:ts|js|mjs):\d+|(?:^|[\s"'(])\/(?:home|root|tmp|var|usr|work)\/|node_modules|[A-Z]:\\\\/

/** I9: nothing of one tenant can be told apart by another; "not yours" reads like "not there". */
export function tenantsAreApart(evidence: Evidence): Violation[] {
  const told = evidence.strangers
    .filter(({ aboutIt, aboutNothing }) => anonymous(aboutIt) !== anonymous(aboutNothing))
    .map(({ what }) => found('I9', `a stranger can tell ${what} from one that does not exist`))
  const names = [...evidence.tasks.map((row) => row.id), ...evidence.index.flatMap((file) => [file.md5, file.sha256])]
  const seen = evidence.strangerSees
    .filter(({ text }) => names.some((name) => text.includes(name)))
    .map(({ what }) => found('I9', `a stranger sees something of others in ${what}`))
  return [...told, ...seen]
}

/** I10: once faults have ended and a worker is healthy, every task reaches an end. */
export function tasksReachAnEnd(evidence: Evidence): Violation[] {
  if (!evidence.expectations.isSettled) return []
  return evidence.tasks
    .filter((row) => !TASK_STATES.some((state) => state === row.state && isTerminal(state)))
    .map((row) => found('I10', `${row.id} is still ${row.state}`))
}

/** I11: every refusal says what, why and what to do, and nothing of our insides. */
export function refusalsAreWhole(evidence: Evidence): Violation[] {
  return evidence.client.flatMap((fact) => {
    if (fact.kind !== 'refused') return []
    const where = `${String(fact.status)} of ${fact.route}`
    const parsed = failureEnvelopeSchema.safeParse(toJson(fact.body))
    if (!parsed.success) return [found('I11', `${where} has no error envelope: ${fact.body.slice(0, 120)}`)]
    const { error, request_id: requestId } = parsed.data
    const isWhole =
      /^[A-Z][A-Z0-9_]+$/.test(error.code) && error.message !== '' && error.hint !== '' && requestId !== ''
    if (!isWhole) return [found('I11', `${where} lacks a code, a message, a hint or a request id`)]
    return INSIDES.test(fact.body) ? [found('I11', `${where} shows a stack or a path: ${fact.body.slice(0, 200)}`)] : []
  })
}

/** I12: secrets appear nowhere. */
export function secretsStaySecret(evidence: Evidence): Violation[] {
  return evidence.texts.flatMap(({ name, content }) =>
    evidence.secrets
      .filter((secret) => content.includes(secret.value))
      .map((secret) => found('I12', `${name} contains the ${secret.name}`)),
  )
}

/** I13: each follower sees versions that never go back, and in the end what the server has. */
export function followersSeeTheTruth(evidence: Evidence): Violation[] {
  const violations: Violation[] = []
  const seen = evidence.client.filter((fact) => fact.kind === 'seen')
  for (const [key, facts] of groupBy(seen, (fact) => `${fact.by} ${fact.taskId}`)) {
    let newest = 0
    for (const fact of facts) {
      if (fact.version < newest) {
        violations.push(found('I13', `${key}: version ${String(fact.version)} after ${String(newest)}`))
      }
      newest = Math.max(newest, fact.version)
    }
    const last = facts.findLast((fact) => fact.version === newest)
    const row = evidence.tasks.find((one) => one.id === last?.taskId)
    if (!evidence.expectations.isSettled || last === undefined || row === undefined) continue
    if (row.version !== last.version || row.state !== last.state) {
      violations.push(
        found(
          'I13',
          `${key}: saw ${last.state} ${String(last.version)} at last, stored is ${row.state} ${String(row.version)}`,
        ),
      )
    }
  }
  return violations
}

function anonymous(answer: string): string {
  return answer.replaceAll(REQUEST_ID, '"request_id":""')
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
