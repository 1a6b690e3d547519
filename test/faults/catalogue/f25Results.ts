import type { Job } from '../../../src/protocol/dsp/index.ts'
import type { TaskView } from '../../../src/protocol/task/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { ScriptedWorker } from '../rig/scriptedWorker.ts'
import type { World } from '../rig/world.ts'
import type { FaultCase, Trial } from './fault.ts'
import { seen, submitTask } from './submitTasks.ts'

/** A second of real time to accept in, two to answer a ping: how quick this machine is is not what this is about. */
const UNHURRIED = { factor: 20, overrides: { queueTimings: { acceptMs: 20_000 } } }

type Story = (trial: Trial, world: World) => Promise<readonly Violation[]>

const STORIES: Readonly<Record<string, Story>> = {
  duplicate,
  'unknown task': unknownTask,
  'older epoch': olderEpoch,
  'after cancel': afterCancel,
}

export const wrongResults: FaultCase = {
  id: 'F25',
  title: 'results that come twice, for no task, too late, or after a cancel',
  trials: { commit: 13, night: 125, release: 250 },
  variants: Object.keys(STORIES),
  sample: 2,
  async run(trial) {
    const world = await trial.openWorld(UNHURRIED)
    await world.gateway.start()
    const violations = (await STORIES[trial.variant]?.(trial, world)) ?? []
    return [...(await world.verify()), ...violations]
  },
}

/** The same result again, on the same line, after a reconnect, with other bytes, and from somebody else. */
async function duplicate(trial: Trial, world: World): Promise<readonly Violation[]> {
  const taskId = await submitTask(world)
  const worker = await ScriptedWorker.connect(world)
  const job = await worker.job()
  worker.accept(job)
  worker.keepAlive(job)
  const output = await worker.make(job)
  const times = trial.random.between(2, 6)
  for (let sent = 0; sent < times; sent += 1) worker.sendResult(job, output)
  const outcomes = [await worker.ack(job, 1)]
  for (let nth = 2; nth <= times; nth += 1) outcomes.push(await worker.ack(job, nth))
  worker.sendResult(job, { ...output, sha256: trial.random.hex(32), md5: trial.random.hex(16) })
  outcomes.push(await worker.ack(job, times + 1))
  worker.sendFailure(job, 'ENGINE_FAILED', trial.random.chance(0.5))
  outcomes.push(await worker.ack(job, times + 2))
  await worker.cut()
  const again = await ScriptedWorker.connect(world, { id: worker.id })
  again.sendResult(job, output)
  outcomes.push(await again.ack(job))
  const thief = await ScriptedWorker.connect(world)
  thief.sendResult(job, output)
  const stolen = await thief.ack(job)
  const view = await world.client.status(taskId)
  return [
    ...expected('I2', outcomes, ['ok', ...outcomes.slice(1).map(() => 'dup')]),
    ...expected('I4', [stolen], ['superseded']),
    ...(view?.output?.sha256 === output.sha256 ? [] : [found('I2', `${taskId} shows another result than the first`)]),
  ]
}

/** A task that never was, and one that somebody else runs. */
async function unknownTask(trial: Trial, world: World): Promise<readonly Violation[]> {
  const taskId = await submitTask(world)
  const worker = await ScriptedWorker.connect(world)
  const job = await worker.job()
  worker.accept(job)
  worker.keepAlive(job)
  const output = await worker.make(job)
  const stranger = await ScriptedWorker.connect(world, { slots: 1 })
  const never = { ...job, task_id: `t_${trial.random.hex(16)}` }
  const guessed = { ...job, token: trial.random.hex(16) }
  const ahead = { ...job, epoch: job.epoch + trial.random.between(1, 5) }
  const outcomes: string[] = []
  for (const wrong of [never, guessed, ahead]) {
    const before = stranger.frames.length
    if (trial.random.chance(0.5)) stranger.sendResult(wrong, output)
    else stranger.sendFailure(wrong, 'ENGINE_FAILED', false)
    const ack = await stranger.next('gpu.job.result.ack', before)
    outcomes.push(ack.outcome)
  }
  const between = await world.client.status(taskId)
  worker.sendResult(job, output)
  return [
    ...expected('I4', outcomes, ['superseded', 'superseded', 'superseded']),
    ...(between?.state === 'running' ? [] : [found('I2', `${taskId} was ${String(between?.state)} after them`)]),
    ...expected('I2', [await worker.ack(job)], ['ok']),
  ]
}

/** The lease is lost in one way or another, a second one is granted, and the first holder comes back with its result. */
async function olderEpoch(trial: Trial, world: World): Promise<readonly Violation[]> {
  await submitTask(world)
  const first = await ScriptedWorker.connect(world)
  first.keepAlive()
  const job = await first.job()
  const loss = trial.random.pick(['never accepted', 'failed', 'lost'])
  const output = await first.make(job)
  if (loss !== 'never accepted') first.accept(job)
  if (loss === 'failed') {
    first.sendFailure(job, 'ENGINE_FAILED', true)
    await first.ack(job)
  }
  const second = await ScriptedWorker.connect(world)
  if (loss === 'lost') await first.cut()
  const late = loss === 'lost' ? await ScriptedWorker.connect(world, { id: first.id }) : first
  for (const worker of [second, late]) worker.keepAlive()
  const holder = await newerLease(job, [second, late])
  const isFirst = trial.random.chance(0.5)
  const before = late.frames.length
  if (isFirst) late.sendResult(job, output)
  holder.worker.accept(holder.job)
  holder.worker.keepAlive(holder.job)
  if (!isFirst) late.sendResult(job, output)
  const { outcome } = await late.next('gpu.job.result.ack', before)
  const end = await finish(holder.worker, holder.job)
  return [...expected('I4', [outcome], ['superseded']), ...expected('I2', [end], ['ok'])]
}

interface Holder {
  readonly worker: ScriptedWorker
  readonly job: Job
}

/** Waits for a lease of the job's task that is newer than the job. */
async function newerLease(old: Job, workers: readonly ScriptedWorker[]): Promise<Holder> {
  const newer = (worker: ScriptedWorker): Job | undefined =>
    worker.jobs.find((job) => job.task_id === old.task_id && job.epoch > old.epoch)
  return Promise.any(workers.map(async (worker) => ({ worker, job: await worker.until(() => newer(worker)) })))
}

async function finish(worker: ScriptedWorker, job: Job): Promise<string> {
  worker.sendResult(job, await worker.make(job))
  return worker.ack(job)
}

/** Cancelled while it runs, or before it was accepted; the result comes at once, or after the grace of 30 s. */
async function afterCancel(trial: Trial, world: World): Promise<readonly Violation[]> {
  const taskId = await submitTask(world)
  const worker = await ScriptedWorker.connect(world)
  const job = await worker.job()
  const isRunning = trial.random.chance(0.7)
  worker.keepAlive(job)
  if (isRunning) {
    worker.accept(job)
    await seen(world, taskId, (view) => view.state === 'running')
  }
  const output = await worker.make(job)
  await world.client.cancel(taskId)
  if (trial.random.chance(0.5)) await seen(world, taskId, (view) => view.state === 'cancelled')
  const isSuccess = trial.random.chance(0.7)
  if (isSuccess) worker.sendResult(job, output)
  else worker.sendFailure(job, 'ENGINE_FAILED', true)
  const outcome = await worker.ack(job)
  const view = await seen(world, taskId, ({ state }) => state === 'cancelled')
  return [
    // Anything but "again": the worker may forget it.
    ...(outcome === 'retry' ? [found('I2', `a result after the cancel is asked for again`)] : []),
    ...(view.output === null && view.result_url === null
      ? []
      : [found('I2', `${taskId} is cancelled and shows a result`)]),
  ]
}

export const resultsOutOfOrder: FaultCase = {
  id: 'F26',
  title: 'a result before its acceptance; steps after the result',
  trials: { commit: 25, night: 100, release: 250 },
  variants: ['result before accept', 'progress after result'],
  sample: 0,
  async run(trial) {
    const world = await trial.openWorld(UNHURRIED)
    await world.gateway.start()
    const taskId = await submitTask(world)
    const worker = await ScriptedWorker.connect(world)
    const job = await worker.job()
    const isEarly = trial.variant === 'result before accept'
    const output = await worker.make(job)
    if (!isEarly) {
      worker.accept(job)
      worker.progress(job, trial.random.between(0, 99))
    }
    worker.sendResult(job, output)
    if (isEarly) worker.accept(job)
    const before = await ended(worker, job, world, taskId)
    for (let step = 0; step < trial.random.between(1, 6); step += 1) {
      if (trial.random.chance(0.3)) worker.heartbeat(job)
      else worker.progress(job, trial.random.between(0, 100))
    }
    worker.accept(job)
    worker.reject(job)
    // An answer to the last of them: all were handled.
    worker.sendResult(job, output)
    await worker.ack(job, 2)
    const after = await world.client.status(taskId)
    const isSame = JSON.stringify(after) === JSON.stringify(before)
    return [
      ...(await world.verify()),
      ...(before.state === 'succeeded' ? [] : [found('I2', `${taskId} ended as ${before.state}`)]),
      ...(isSame ? [] : [found('I13', `${taskId} changed after its end: ${JSON.stringify([before, after])}`)]),
    ]
  },
}

async function ended(worker: ScriptedWorker, job: Job, world: World, taskId: string): Promise<TaskView> {
  await worker.ack(job)
  return seen(world, taskId, (view) => view.finished_at !== null)
}

function expected(invariant: string, outcomes: readonly string[], wanted: readonly string[]): Violation[] {
  const isRight = JSON.stringify(outcomes) === JSON.stringify(wanted)
  return isRight ? [] : [found(invariant, `answered ${outcomes.join(', ')} instead of ${wanted.join(', ')}`)]
}
