import { z } from 'zod'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import { FAULT_POINTS } from '../../../src/shared/index.ts'
import type { FaultPoint } from '../../../src/shared/index.ts'
import { jsonPost } from '../rig/client.ts'
import { voiceFile } from '../rig/fixtures.ts'
import { ScriptedWorker } from '../rig/scriptedWorker.ts'
import type { World } from '../rig/world.ts'
import { pause, startBusyDay } from './busyDay.ts'
import type { FaultCase, Trial } from './fault.ts'
import { NotReached } from './fault.ts'
import { seen, submitTask } from './submitTasks.ts'

const DEATH_LIMIT_MS = 5_000

/** Places of other processes, and those that F55 is about. */
const ELSEWHERE = /^(?:worker|studio|migration)\./

const GATEWAY_POINTS: readonly FaultPoint[] = FAULT_POINTS.filter((point) => !ELSEWHERE.test(point))
const UPLOAD_POINTS = GATEWAY_POINTS.filter((point) => point.startsWith('upload.'))

/** Places that an ordinary day does not surely pass: what has to happen for each, before such a day begins. */
const STAGED: ReadonlyMap<FaultPoint, (world: World) => Promise<void>> = new Map([
  ['dispatch.accept_timeout', ignoreJob],
  ['reaper.mid_batch', ignoreJob],
  ['cancel.before_send', cancelRun],
  ['cancel.ack_received', cancelRun],
])

export const gatewayKilledAtPoint: FaultCase = {
  id: 'F02',
  title: 'gateway killed at each fault point',
  trials: { commit: 2, night: 10, release: 25 },
  variants: GATEWAY_POINTS,
  sample: 4,
  run: (trial) => killAt(trial, toPoint(trial.variant)),
}

export const crashInUpload: FaultCase = {
  id: 'F20',
  title: 'gateway killed between write, fsync, rename and index of an upload',
  trials: { commit: 25, night: 25, release: 25 },
  variants: UPLOAD_POINTS,
  sample: 1,
  run: (trial) => killAt(trial, toPoint(trial.variant)),
}

/** A rough day with the gateway killed at the n-th passing of one place; it comes back by itself. */
async function killAt(trial: Trial, point: FaultPoint) {
  const world = await trial.openWorld()
  const stage = STAGED.get(point)
  // Mostly the first passing: later ones are rarer places to be reached, and what is staged happens once.
  const pass = stage !== undefined || trial.random.chance(0.6) ? 1 : trial.random.between(2, 4)
  await world.gateway.start([{ point, action: 'kill', pass }]).catch(() => world.gateway.start())
  world.gateway.keepAlive()
  await stage?.(world)
  await world.startWorker()
  await passEverything(world, point)
  if (world.gateway.lives === 1) {
    await world.gateway.arm([{ point, action: 'kill', pass: 1 }])
    await passEverything(world, point)
  }
  if (world.gateway.lives === 1) throw new NotReached(point)
  return world.verify()
}

/** A day that passes as many places as one can. */
async function passEverything(world: World, point: FaultPoint): Promise<void> {
  const day = startBusyDay(world, { isRough: true, tasks: 5, hasLongRun: true })
  if (point === 'upload.chunk_hash_bad') await uploadWrong(world)
  if (point.startsWith('sweep.')) await deleteAsset(world)
  await day.answered
  await world.settle()
}

/** The only worker is well and never says a word about its job; it leaves once the gateway has died of the deadline. */
async function ignoreJob(world: World): Promise<void> {
  await submitTask(world)
  const worker = await ScriptedWorker.connect(world)
  worker.keepAlive()
  await worker.job()
  await diedOf(world)
  await worker.cut()
}

/** A run that is cancelled in its middle, by a worker that then leaves: real ones get the rest. */
async function cancelRun(world: World): Promise<void> {
  const taskId = await submitTask(world)
  const worker = await ScriptedWorker.connect(world)
  const job = await worker.job()
  worker.accept(job)
  worker.keepAlive(job)
  await seen(world, taskId, (view) => view.state === 'running')
  void worker.next('gpu.job.cancel').then(
    () => {
      worker.sendCancelled(job)
    },
    () => undefined,
  )
  await world.client.cancel(taskId)
  await diedOf(world)
  await worker.cut()
}

/** Waits until the gateway has died once, and is back. */
async function diedOf(world: World): Promise<void> {
  const deadline = performance.now() + DEATH_LIMIT_MS
  while (performance.now() < deadline && world.gateway.lives === 1) await pause(10)
}

/** Announces other digests than the bytes have. */
async function uploadWrong(world: World): Promise<void> {
  await world.client.uploadWrong(world.random.bytes(500)).catch(() => undefined)
}

/** An asset that is deleted takes its file with it; told again until the gateway has answered. */
async function deleteAsset(world: World): Promise<void> {
  const signal = AbortSignal.timeout(20_000)
  const file = await world.client.upload(voiceFile(world.random.bytes(32)), '.wav', signal)
  world.damaged.add(file.sha256)
  const ask = async (path: string, body: object): Promise<string> => {
    for (;;) {
      signal.throwIfAborted()
      const answer = await world.client.ask(path, jsonPost(body))
      if (answer !== undefined) return answer.text
      await pause(50)
    }
  }
  const made = await ask(HTTP_ROUTES.assetUpload, { kind: 'voice', hash: file.md5, ext: '.wav' })
  const { data } = z.object({ data: z.object({ id: z.string() }) }).parse(JSON.parse(made))
  await ask(HTTP_ROUTES.assetDelete, { id: data.id })
}

function toPoint(name: string): FaultPoint {
  const point = FAULT_POINTS.find((one) => one === name)
  if (point === undefined) throw new Error(`no fault point ${name}`)
  return point
}
