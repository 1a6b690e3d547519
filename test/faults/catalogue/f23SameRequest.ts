import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { REPLAY_HEADER } from '../../../src/protocol/http/index.ts'
import { taskIdIn } from '../rig/client.ts'
import type { HttpAnswer, TaskOrder } from '../rig/client.ts'
import { writeScript } from '../rig/taskScript.ts'
import type { World } from '../rig/world.ts'
import { pause, uploadInputs } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

const HOUR_MS = 3_600_000
/** A minute of real time. */
const BODY_MS = 60 * 60_000

export const sameRequestAtOnce: FaultCase = {
  id: 'F23',
  title: 'one request sent 2 to 1,000 times at once',
  trials: { commit: 10, night: 50, release: 100 },
  sample: 1,
  async run(trial) {
    // A thousand at once take a slow machine minutes of the product's time: what is asked is what becomes of them.
    const world = await trial.openWorld({ overrides: { timings: { jsonBodyMs: BODY_MS } } })
    await world.gateway.start()
    const order = await orderOf(world)
    const other = { ...order, name: writeScript({ label: 'another payload' }) }
    const times = trial.random.pick([2, 3, 10, 100, 300, 1_000])
    const answers = await Promise.all(Array.from({ length: times }, () => world.client.submit(order)))
    // On a slow machine many of a thousand get no answer in time; one more asks what became of them.
    const last = await world.client.submitForSure(order, AbortSignal.timeout(20_000))
    const conflict = await world.client.submit(other)
    await world.startWorker()
    const violations = await world.verify()
    const told = answers.flatMap((answer) => (answer === undefined ? [] : (taskIdIn(answer) ?? [])))
    const tasks = new Set([...told, last])
    return [
      ...violations,
      ...(tasks.size === 1
        ? []
        : [found('I3', `${String(times)} sends of one request became ${String(tasks.size)} tasks`)]),
      ...(conflict?.status === 409 ? [] : [found('I3', `another payload was answered ${String(conflict?.status)}`)]),
      ...replays(answers),
    ]
  },
}

export const sameRequestLater: FaultCase = {
  id: 'F24',
  title: 'one request sent again after 1 h, 23 h, 25 h, and after its task was purged',
  trials: { commit: 5, night: 5, release: 13 },
  variants: ['1 h', '23 h', '25 h', 'purged'],
  sample: 1,
  async run(trial) {
    // No worker: what counts is only how long the request is remembered.
    const factor = 60_000
    const world = await trial.openWorld({
      factor,
      overrides: {
        timings: { jsonBodyMs: 60_000 * factor, uploadCheckMs: 60_000 * factor, reapEveryMs: 20 * factor },
        queueTimings: { terminalKeptMs: trial.variant === 'purged' ? 48 * HOUR_MS : 30 * 24 * HOUR_MS },
      },
    })
    await world.gateway.start()
    const order = await orderOf(world)
    const first = await world.client.submit(order)
    const waitHours = { '1 h': 1, '23 h': 23, '25 h': 25, purged: 24 + 48 + 8 }[trial.variant] ?? 1
    await pause((waitHours * HOUR_MS) / factor)
    const again = await world.client.submit(order)
    const [before, after] = [first, again].map((answer) => (answer === undefined ? null : taskIdIn(answer)))
    const isSame = before !== null && before === after
    const isReplay = again?.headers.get(REPLAY_HEADER) === 'true'
    const violations = await world.verify({ isSettled: false })
    const isPurged = trial.variant === 'purged'
    const kept = isPurged ? violations.filter(({ invariant }) => invariant !== 'I1' && invariant !== 'I3') : violations
    const isRight = isPurged ? after !== null && !isSame && !isReplay : isSame && isReplay
    return isRight ? kept : [...kept, found('I3', `after ${trial.variant}: ${String(before)} then ${String(after)}`)]
  },
}

async function orderOf(world: World): Promise<TaskOrder> {
  const requestId = `q_${world.random.hex(8)}`
  return { requestId, ...(await uploadInputs(world)), name: writeScript({ label: 'once' }) }
}

/** At most one answer is the first; all others say that they repeat it. */
function replays(answers: readonly (HttpAnswer | undefined)[]): Violation[] {
  const firsts = answers.filter((answer) => answer?.status === 200 && answer.headers.get(REPLAY_HEADER) !== 'true')
  return firsts.length === 1 ? [] : [found('I3', `${String(firsts.length)} answers do not say that they are a replay`)]
}
