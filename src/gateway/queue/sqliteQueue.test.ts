import { describe, expect, it } from 'vitest'
import { newTask, submit } from './contract/fixture.ts'
import { describeQueueContract } from './contract/queueContract.ts'
import { openTestQueue } from './contract/openTestQueue.ts'

describeQueueContract('SQLite', openTestQueue)

describe('SqliteQueue', () => {
  it('answers what was asked before close, and refuses what comes after', async () => {
    const { queue, close } = await openTestQueue()
    const pending = submit(queue, 'request-1')
    await close()
    expect((await pending).state).toBe('queued')
    await expect(queue.submit(newTask('request-2'))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})
