import { expect, it } from 'vitest'
import { newTask, submit } from '../queue/contract/fixture.ts'
import { openTestQueue } from '../queue/contract/openTestQueue.ts'
import { waitingWork } from './waitingWork.ts'

it('is a task that any GPU could run, whatever it asks of the engine; a removal on one server is none', async () => {
  const { queue, close } = await openTestQueue()
  await submit(queue, 'request-0', { taskType: 'delete_asset', targetWorker: 'worker-1' })
  expect(await waitingWork(queue)).toEqual({ queued: 0, isReady: false })
  const options = { super_resolution: true, loop: 'pingpong' } as const
  await submit(queue, 'request-1', { payload: { ...newTask('request-1').payload, options } })
  expect(await waitingWork(queue)).toEqual({ queued: 1, isReady: true })
  await close()
})
