import { expect, it } from 'vitest'
import { DELETE_ASSET } from '../../protocol/task/index.ts'
import { createEmitter } from '../../shared/index.ts'
import { asks, refOf, submit, WORKER } from '../queue/contract/fixture.ts'
import { openTestQueue } from '../queue/contract/openTestQueue.ts'
import { QueueWatch } from './queueWatch.ts'

it('holds no errand of the gateway: it waits in nobody’s way, and fills no slot while it runs', async () => {
  const { queue, clock, close } = await openTestQueue()
  const watch = new QueueWatch({ queue, clock, progress: createEmitter() })
  await watch.loaded
  const payload = { asset: { id: 'a_1', name: 'Ann' }, files: [] }
  await submit(queue, 'request-1', { taskType: DELETE_ASSET, targetWorker: WORKER, payload })
  await submit(queue, 'request-2')
  const seen = (one: QueueWatch) => [one.live.size, one.waiting.map(({ count }) => count), one.line().length]
  expect(seen(watch)).toEqual([0, [1], 1])
  const leases = await queue.lease(asks({ kinds: [DELETE_ASSET] }))
  for (const lease of leases) expect(await queue.accept(refOf(lease), WORKER)).toBe('applied')
  expect(leases).toHaveLength(1)
  expect(seen(watch)).toEqual([0, [1], 1])
  // One that begins later finds the same.
  const later = new QueueWatch({ queue, clock, progress: createEmitter() })
  await later.loaded
  expect(seen(later)).toEqual([0, [1], 1])
  for (const one of [watch, later]) one.stop()
  await close()
})
