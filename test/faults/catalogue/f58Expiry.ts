import { isTerminal } from '../../../src/protocol/task/index.ts'
import type { TaskView } from '../../../src/protocol/task/index.ts'
import { found } from '../auditor/violations.ts'
import { writeScript } from '../rig/taskScript.ts'
import { pause, uploadInputs } from './busyDay.ts'
import type { FaultCase } from './fault.ts'

/** A day in 2.4 s. */
const FACTOR = 36_000
const LIMIT_MS = 15_000

export const gpuOffTooLong: FaultCase = {
  id: 'F58',
  title: 'no GPU for longer than a task may wait',
  trials: { commit: 5, night: 5, release: 20 },
  async run(trial) {
    const world = await trial.openWorld({
      factor: FACTOR,
      overrides: { timings: { jsonBodyMs: 60_000 * FACTOR, uploadCheckMs: 60_000 * FACTOR, reapEveryMs: 20 * FACTOR } },
    })
    await world.gateway.start()
    const inputs = await uploadInputs(world)
    const order = { requestId: `q_${trial.random.hex(8)}`, ...inputs, name: writeScript({}) }
    const taskId = await world.client.submitForSure(order, AbortSignal.timeout(LIMIT_MS))
    // Also through a restart: the waiting time goes on.
    if (trial.random.chance(0.5)) {
      await pause(trial.random.between(100, 1_000))
      await world.gateway.kill()
      await world.gateway.start()
    }
    const seen: TaskView[] = []
    const deadline = performance.now() + LIMIT_MS
    while (performance.now() < deadline && !isTerminal(seen.at(-1)?.state ?? 'queued')) {
      const view = await world.client.status(taskId)
      if (view !== undefined) seen.push(view)
      await pause(15)
    }
    const last = seen.at(-1)
    const wasWarned = seen.some(
      (view) => view.state === 'queued' && 'expires_soon' in view && view.expires_soon === true,
    )
    const violations = await world.verify()
    return [
      ...violations,
      ...(last?.state === 'expired' && last.error_code !== null && last.error_hint !== null
        ? []
        : [found('I10', `after a day without a GPU: ${String(last?.state)} ${String(last?.error_code)}`)]),
      ...(wasWarned ? [] : [found('I10', 'nobody was warned before the task expired')]),
    ]
  },
}
