import { delay } from '../shared/index.ts'
import type { Clock } from '../shared/index.ts'
import type { Logger } from '../shared/node/index.ts'
import type { WorkerParts } from './openWorker.ts'
import type { Runner } from './runner/Runner.ts'

export interface StopPlan {
  readonly clock: Clock
  readonly log: Logger
  /** How long what runs may end by itself. */
  readonly graceMs: number
  /** How long the gateway's answers are waited for after that. */
  readonly deadlineMs: number
  /** Ends the grace at once. */
  readonly hurry: AbortSignal
}

/** Lets what runs end, tells what can be told, and closes everything whatever fails meanwhile. */
export async function stopWorker(parts: WorkerParts, plan: StopPlan): Promise<void> {
  try {
    await wrapUp(parts, plan)
  } catch (error) {
    // A journal that cannot be read: what is owed is told after the next start.
    plan.log.error('the last results could not be brought', { error })
  } finally {
    await close(parts)
  }
}

async function wrapUp({ courier, runner, link }: WorkerParts, plan: StopPlan): Promise<void> {
  const { clock, graceMs, deadlineMs, hurry } = plan
  link.sayDraining()
  await drained(runner, clock, graceMs, hurry)
  const enough = new AbortController()
  const deadline = delay(clock, deadlineMs, enough.signal).catch(() => undefined)
  try {
    await Promise.race([runner.stop(), deadline])
    if (link.isRegistered) await Promise.race([courier.idle(), deadline])
  } finally {
    enough.abort()
  }
}

/** Resolves when nothing runs any more, when the grace is over, or when somebody is in a hurry. */
async function drained(runner: Runner, clock: Clock, graceMs: number, hurry: AbortSignal): Promise<void> {
  const isIdle = runner.drain()
  if (graceMs <= 0) return
  const over = new AbortController()
  const either = AbortSignal.any([over.signal, hurry])
  const grace = delay(clock, graceMs, either).catch(() => undefined)
  await Promise.race([isIdle, grace])
  over.abort()
}

async function close({ courier, heartbeat, readiness, gpus, link, hasher, db }: WorkerParts): Promise<void> {
  await courier.stop()
  heartbeat.stop()
  readiness.stop()
  gpus.stop()
  link.stop()
  await gpus.idle()
  await hasher.stop()
  db.close()
}
