import { once } from 'node:events'
import { Queue, Worker } from 'bullmq'
import { jobData } from './portTasks.ts'
import { createSignal } from './startRun.ts'
import type { StartRun } from './startRun.ts'

/** The peer: a BullMQ queue and one worker in this process. `submit` adds a job another way, where it is given. */
export async function startBullRun(
  redisPort: number,
  name: string,
  submit?: () => Promise<unknown>,
): Promise<StartRun> {
  const connection = { port: redisPort }
  const queue = new Queue(name, { connection })
  const starts = createSignal<undefined>()
  let end: () => void = () => undefined
  const worker = new Worker(
    name,
    () =>
      new Promise<void>((resolve) => {
        end = resolve
        starts.give(undefined)
      }),
    { connection, concurrency: 1 },
  )
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  const add = submit ?? ((): Promise<unknown> => queue.add('task', jobData()))
  return {
    async submitAndStart() {
      const started = starts.next()
      await add()
      await started
    },
    async finish() {
      const done = once(worker, 'completed')
      end()
      await done
    },
    async close() {
      // By force: after a failure of the row a job may still wait for its end.
      await worker.close(true)
      await queue.close()
    },
  }
}
