import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { Direction } from '../rig/proxy.ts'
import { ScriptedWorker } from '../rig/scriptedWorker.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay, uploadInputs } from './busyDay.ts'
import { serversNow } from './connectedServers.ts'
import type { FaultCase, Trial } from './fault.ts'
import { seen, submitTask } from './submitTasks.ts'

/** A slower clock than usual: what is measured here must stand out from the machine's own delays. */
const FACTOR = 20
/** What a loaded machine may add, real milliseconds. */
const SLACK_MS = 500
const DETECT_SECONDS = 45
const BACK_SECONDS = 150
/** The deadline of 10 s, the pause after it, and a tick of the reaper. */
const REASSIGN_SECONDS = 10 + 1 + 1

export const halfOpen: FaultCase = {
  id: 'F30',
  title: 'half-open: the line to a worker is dead and nobody is told',
  trials: { commit: 5, night: 25, release: 100 },
  variants: ['while it runs', 'before it accepts'],
  sample: 1,
  run: (trial) => (trial.variant === 'while it runs' ? deadWhileRunning(trial) : deadBeforeAccept(trial)),
}

async function deadWhileRunning(trial: Trial): Promise<readonly Violation[]> {
  const world = await trial.openWorld({ factor: FACTOR })
  const proxy = await world.openProxy()
  await world.gateway.start()
  const taskId = await submitTask(world)
  const holder = await ScriptedWorker.connect(world, { via: proxy })
  const job = await holder.job()
  holder.accept(job)
  holder.keepAlive(job)
  await seen(world, taskId, (view) => view.state === 'running')
  const other = await ScriptedWorker.connect(world)
  other.keepAlive()
  await pause(trial.random.between(0, 1_000))
  proxy.freeze()
  const frozenAt = performance.now()
  const [detectedMs, again] = await Promise.all([
    offlineAfter(world, holder.id, frozenAt),
    other
      .until(() => other.jobs[0], limitMs(BACK_SECONDS))
      .then((newer) => {
        other.accept(newer)
        return { job: newer, backMs: performance.now() - frozenAt }
      }),
  ])
  const end = await other.make(again.job).then((output) => {
    other.sendResult(again.job, output)
    return other.ack(again.job)
  })
  // The line comes back, and with it whatever the holder had to say.
  proxy.thaw()
  const violations = await world.verify()
  return [
    ...violations,
    ...(end === 'ok' ? [] : [found('I2', `the second run was answered ${end}`)]),
    ...tooLate('a dead line was noticed', detectedMs, DETECT_SECONDS),
    ...tooLate('its task was given to another worker', again.backMs, BACK_SECONDS),
  ]
}

async function deadBeforeAccept(trial: Trial): Promise<readonly Violation[]> {
  const world = await trial.openWorld({ factor: FACTOR })
  const proxy = await world.openProxy()
  await world.gateway.start()
  const inputs = await uploadInputs(world)
  await ScriptedWorker.connect(world, { via: proxy })
  await pause(trial.random.between(0, 200))
  proxy.freeze()
  const taskId = await submitTask(world, {}, inputs)
  await seen(world, taskId, (view) => view.state === 'leased')
  const leasedAt = performance.now()
  const other = await ScriptedWorker.connect(world)
  const job = await other.until(() => other.jobs[0], limitMs(REASSIGN_SECONDS))
  const backMs = performance.now() - leasedAt
  const end = await other.run(job)
  proxy.thaw()
  const violations = await world.verify()
  return [
    ...violations,
    ...(end === 'ok' ? [] : [found('I2', `the second run was answered ${end}`)]),
    ...tooLate('a task that nobody accepted was given to another worker', backMs, REASSIGN_SECONDS),
  ]
}

function limitMs(seconds: number): number {
  return 5_000 + (2 * seconds * 1000) / FACTOR
}

function tooLate(what: string, realMs: number, limitSeconds: number): Violation[] {
  const isLate = realMs > (limitSeconds * 1000) / FACTOR + SLACK_MS
  const seconds = ((realMs * FACTOR) / 1000).toFixed(0)
  return isLate ? [found('I10', `${what} after ${seconds} s, at most ${String(limitSeconds)} s`)] : []
}

/** Real milliseconds until the operator sees that the worker is not connected. */
async function offlineAfter(world: World, workerId: string, sinceAt: number): Promise<number> {
  const limit = sinceAt + limitMs(DETECT_SECONDS)
  while (performance.now() < limit) {
    const server = (await serversNow(world))?.find((one) => one.worker_id === workerId)
    if (server?.connected_since === null) break
    await pause(20)
  }
  return performance.now() - sinceAt
}

const ONE_WAY: Readonly<Record<string, Direction>> = {
  'gateway hears and cannot send': 'down',
  'gateway sends and cannot hear': 'up',
}

export const oneWay: FaultCase = {
  id: 'F31',
  title: 'one direction of the line is dead for a while',
  trials: { commit: 3, night: 25, release: 100 },
  variants: Object.keys(ONE_WAY),
  sample: 0,
  run: (trial) => throughPartition(trial, trial.random.between(5, 300), ONE_WAY[trial.variant]),
}

const PARTITIONS: Readonly<Record<string, number>> = { '5 s': 5, '60 s': 60, '300 s': 300 }

export const partitioned: FaultCase = {
  id: 'F32',
  title: 'no line at all for a while, for one worker or for all',
  trials: { commit: 2, night: 17, release: 67 },
  variants: Object.keys(PARTITIONS),
  sample: 0,
  run: (trial) => throughPartition(trial, PARTITIONS[trial.variant] ?? 0),
}

async function throughPartition(trial: Trial, seconds: number, direction?: Direction): Promise<readonly Violation[]> {
  const world = await trial.openWorld()
  const proxy = await world.openProxy()
  await world.gateway.start()
  await world.startWorker({ via: proxy })
  await world.startWorker(trial.random.chance(0.5) ? { via: proxy } : {})
  const day = startBusyDay(world, { tasks: 6, isRough: true, script: { runMs: trial.random.between(50, 400) } })
  await pause(trial.random.between(0, 300))
  if (direction === undefined) proxy.freeze()
  else proxy.freeze(direction)
  await pause((seconds * 1000) / world.clockSetting.factor)
  proxy.thaw()
  await day.answered
  return world.verify()
}
