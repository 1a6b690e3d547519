import { expect, it } from 'vitest'
import type { WorkerFact } from '../auditor/facts.ts'
import type { Undated } from '../auditor/ledger.ts'
import { createWireNotes } from './wireNotes.ts'

const TASK = `t_${'1'.repeat(32)}`
const OTHER = `t_${'2'.repeat(32)}`
const TOKEN = 'a'.repeat(32)

/** A connection whose facts are kept in memory, without the times at which they were noted. */
function connection() {
  const facts: Undated<WorkerFact>[] = []
  const notes = createWireNotes('one', {
    note: (fact) => {
      facts.push(fact)
    },
    close: () => undefined,
  })
  const lease = (taskId: string, epoch: number) => ({ task_id: taskId, epoch, token: TOKEN })
  const beat = (...tasks: readonly ReturnType<typeof lease>[]): void => {
    const told = tasks.map((task) => ({ ...task, stage: 'synthesize', progress: null }))
    notes.sent(JSON.stringify({ type: 'gpu.heartbeat', version: '1.0', tasks: told }))
  }
  const answer = (...alive: readonly string[]): void => {
    const capabilities = Object.fromEntries(alive.map((taskId) => [taskId, 'cap']))
    const frame = { type: 'gpu.heartbeat.ack', version: '1.0', revoked: [], cancel: [], capabilities }
    notes.heard(JSON.stringify(frame))
  }
  return { facts, notes, lease, beat, answer }
}

it('notes what is kept of what was asked, with the time at which it was', () => {
  const { facts, lease, beat, answer } = connection()
  beat(lease(TASK, 1), lease(OTHER, 4))
  beat(lease(TASK, 2))
  answer(OTHER)
  answer(TASK)
  expect(facts).toMatchObject([
    { kind: 'kept', worker: 'one', taskId: OTHER, epoch: 4 },
    { kind: 'kept', worker: 'one', taskId: TASK, epoch: 2 },
  ])
  const [first, second] = facts.map((fact) => (fact.kind === 'kept' ? fact.askedAt : 0))
  expect(first).toBeLessThanOrEqual(second ?? 0)
})

it('notes results with the lease they were sent under, and their answers', () => {
  const { facts, notes, lease } = connection()
  const digests = { md5: 'b'.repeat(32), sha256: 'c'.repeat(64), ext: '.mp4', size: 9 }
  const output = { ...digests, duration_ms: 500, width: 64, height: 64, fps: 10 }
  const result = { type: 'gpu.job.result', version: '1.0', ...lease(TASK, 3), error: false, output, engine: 'e' }
  notes.sent(JSON.stringify(result))
  notes.heard(JSON.stringify({ type: 'gpu.job.result.ack', version: '1.0', task_id: TASK, epoch: 3, outcome: 'ok' }))
  expect(facts).toEqual([
    {
      ...{ kind: 'result.sent', worker: 'one', taskId: TASK, epoch: 3, token: TOKEN },
      ...{ isSuccess: true, sha256: digests.sha256 },
    },
    { kind: 'result.acked', worker: 'one', taskId: TASK, epoch: 3, outcome: 'ok' },
  ])
})

it('takes no notice of what it cannot read, or was not asked for', () => {
  const { facts, notes, answer } = connection()
  notes.sent('{"type":')
  notes.heard('not a frame')
  answer(TASK)
  expect(facts).toEqual([])
})
