import { expect, it } from 'vitest'
import { leaseOne, submitMany, TENANT } from '../contract/fixture.ts'
import { openTestQueue } from '../contract/openTestQueue.ts'

it('lists several states of a tenant as one line, newest first, page by page', async () => {
  const { queue, close } = await openTestQueue(20)
  const tasks = await submitMany(queue, 6)
  for (const number of [1, 4]) await queue.cancel(TENANT, tasks[number]?.id ?? '')
  await leaseOne(queue)
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const states = ['queued', 'cancelled'] as const
    const page = await queue.list(TENANT, { states, limit: 2, ...(cursor === null ? {} : { cursor }) })
    seen.push(...page.tasks.map((task) => task.id))
    cursor = page.cursor
  } while (cursor !== null)
  expect(seen).toEqual([5, 4, 3, 2, 1].map((number) => tasks[number]?.id))
  await close()
})
