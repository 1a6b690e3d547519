import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { DELETE_ASSET } from '../../protocol/task/index.ts'
import { asks, refOf, startOne, submit, SUCCESS, WORKER } from '../queue/contract/fixture.ts'
import { openTestQueue } from '../queue/contract/openTestQueue.ts'
import { watchTasks } from './taskMetrics.ts'

async function numbersOf(registry: Registry): Promise<Readonly<Record<string, number>>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => /^dhs_\w+(_total|_count)\b/.test(line))
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]))
}

it('counts people’s tasks, and none of the gateway’s own errands', async () => {
  const { queue, clock, close } = await openTestQueue()
  const registry = new Registry()
  const leave = watchTasks(registry, queue)
  await submit(queue, 'request-1')
  await queue.settle(await startOne(queue), WORKER, SUCCESS)
  const before = await numbersOf(registry)
  expect(before).toMatchObject({
    dhs_submits_total: 1,
    dhs_leases_total: 1,
    dhs_task_wait_seconds_count: 1,
    'dhs_task_run_seconds_count{engine="preview"}': 1,
    'dhs_tasks_finished_total{state="succeeded"}': 1,
  })
  const removal = { taskType: DELETE_ASSET, targetWorker: WORKER, ttlMs: null }
  const payload = { asset: { id: 'a_1', name: 'Ann' }, files: [] }
  const { id } = await submit(queue, 'request-2', { ...removal, payload })
  clock.advance(3 * 86_400_000)
  for (const lease of await queue.lease(asks({ kinds: [DELETE_ASSET] }))) {
    await queue.accept(refOf(lease), WORKER)
    await queue.settle(refOf(lease), WORKER, { kind: 'succeeded', output: null, engine: null })
  }
  expect((await queue.find(id))?.state).toBe('succeeded')
  expect(await numbersOf(registry)).toEqual(before)
  leave()
  await close()
})
