import type { PoolFileRef } from '../../../src/client/index.ts'
import { voiceFile } from '../rig/fixtures.ts'
import type { Random } from '../rig/random.ts'
import { writeScript } from '../rig/taskScript.ts'
import type { TaskScript } from '../rig/taskScript.ts'
import type { World } from '../rig/world.ts'

export interface Inputs {
  readonly voice: PoolFileRef
  readonly avatar: PoolFileRef
}

export interface BusyDay {
  readonly taskIds: readonly string[]
  /** Resolves when every request has its answer, however often it had to be sent. */
  readonly answered: Promise<void>
}

export interface BusyDayOptions {
  readonly tasks?: number
  readonly script?: Partial<TaskScript>
  /** Every second task fails at its first try; one is cancelled while it runs. */
  readonly isRough?: boolean
  /** One run lasts longer than a heartbeat. */
  readonly hasLongRun?: boolean
  /** Uploads that are refused are begun again until the fault is over. */
  readonly isPersistent?: boolean
}

const ANSWER_LIMIT_MS = 25_000
const AGAIN_MS = 50

interface InputBytes {
  readonly voice: Buffer
  readonly avatar: Buffer
}

function drawInputs(random: Random): InputBytes {
  return { voice: voiceFile(random.bytes(32)), avatar: random.bytes(random.between(2_000, 60_000)) }
}

export async function uploadInputs({ client, random }: World, bytes = drawInputs(random)): Promise<Inputs> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS)
  const voice = await client.upload(bytes.voice, '.wav', signal)
  const avatar = await client.upload(bytes.avatar, '.mp4', signal)
  return { voice, avatar }
}

/** As a person would who is told what is wrong and tries again. */
export async function uploadForSure(world: World, bytes = drawInputs(world.random)): Promise<Inputs> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS)
  for (;;) {
    try {
      return await uploadInputs(world, bytes)
    } catch (error) {
      if (signal.aborted) throw error
      await pause(AGAIN_MS)
    }
  }
}

/** Uploads, submits, cancels and failing runs at once, with every request sent again until it is answered. */
export function startBusyDay(world: World, options: BusyDayOptions = {}): BusyDay {
  const { random, client } = world
  const taskIds: string[] = []
  const plans = Array.from({ length: options.tasks ?? 4 }, (_, index) => ({
    requestId: `q_${random.hex(8)}`,
    pauseMs: random.between(0, 60),
    script: {
      label: String(index),
      runMs: options.hasLongRun === true && index % 4 === 0 ? 400 : random.between(10, 80),
      fails: options.isRough === true && index % 2 === 1 ? 1 : 0,
      ...options.script,
    },
    // The long run, where there is one: only a running task has to be told.
    isCancelled: options.isRough === true && index === (options.hasLongRun === true ? 0 : 2),
    cancelAfterMs: random.between(0, 250),
  }))
  const bytes = drawInputs(random)
  const answered = (async () => {
    const inputs = await (options.isPersistent === true ? uploadForSure : uploadInputs)(world, bytes)
    await Promise.all(
      plans.map(async (plan) => {
        await pause(plan.pauseMs)
        const order = { requestId: plan.requestId, ...inputs, name: writeScript(plan.script) }
        const taskId = await client.submitForSure(order, AbortSignal.timeout(ANSWER_LIMIT_MS))
        taskIds.push(taskId)
        if (!plan.isCancelled) return
        await pause(plan.cancelAfterMs)
        await client.cancel(taskId)
      }),
    )
  })()
  // Whoever waits for it is told; until then a refusal is nobody's unhandled one.
  answered.catch(() => undefined)
  return { taskIds, answered }
}

export function pause(pauseMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pauseMs))
}
