import type { Evidence, StoredTaskRow } from './evidence.ts'
import type { ClientFact, WorkerFact } from './facts.ts'

export const TASK = `t_${'1'.repeat(32)}`
export const SHA = { voice: 'a'.repeat(64), avatar: 'b'.repeat(64), result: 'c'.repeat(64) }
const MD5 = { voice: '1'.repeat(32), avatar: '2'.repeat(32), result: '3'.repeat(32) }
const TENANT = 't-trial'

const row: StoredTaskRow = {
  id: TASK,
  tenant: TENANT,
  requestId: 'q_one',
  digest: 'd',
  state: 'succeeded',
  epoch: 2,
  settledEpoch: 2,
  attempts: 2,
  stalls: 1,
  version: 7,
  inputs: [SHA.voice, SHA.avatar],
  outputSha256: SHA.result,
  failureCode: null,
}

const client: readonly ClientFact[] = [
  { kind: 'submit.sent', at: 1, tenant: TENANT, requestId: 'q_one', digest: 'd' },
  { kind: 'submit.lost', at: 2, tenant: TENANT, requestId: 'q_one', reason: 'no answer' },
  {
    ...{ kind: 'submit.reply', at: 3, tenant: TENANT, requestId: 'q_one', digest: 'd' },
    ...{ status: 200, taskId: TASK, code: null },
  },
  { kind: 'seen', at: 4, tenant: TENANT, taskId: TASK, version: 3, state: 'running', sha256: null, by: 'poll' },
  { kind: 'seen', at: 9, tenant: TENANT, taskId: TASK, version: 7, state: 'succeeded', sha256: SHA.result, by: 'poll' },
  {
    ...{ kind: 'refused', at: 5, route: 'GET /x', status: 404 },
    body: JSON.stringify({
      ...{ code: 404, msg: 'There is no such task.', request_id: 'r1' },
      error: { code: 'TASK_NOT_FOUND', message: 'There is no such task.', hint: 'Check the id.', retryable: false },
    }),
  },
]

const worker: readonly WorkerFact[] = [
  { kind: 'granted', at: 3.1, worker: 'one', taskId: TASK, epoch: 1, token: 'x' },
  { kind: 'started', at: 3.2, worker: 'one', taskId: TASK, epoch: 1, name: '' },
  { kind: 'granted', at: 6.1, worker: 'two', taskId: TASK, epoch: 2, token: 'y' },
  { kind: 'started', at: 6.2, worker: 'two', taskId: TASK, epoch: 2, name: '' },
  { kind: 'finished', at: 7, worker: 'two', taskId: TASK, epoch: 2, sha256: SHA.result },
  { kind: 'kept', at: 6.5, worker: 'two', taskId: TASK, epoch: 2, askedAt: 6.4 },
  {
    ...{ kind: 'result.sent', at: 7.1, worker: 'two', taskId: TASK, epoch: 2, token: 'y' },
    ...{ isSuccess: true, sha256: SHA.result },
  },
  { kind: 'result.acked', at: 8, worker: 'two', taskId: TASK, epoch: 2, outcome: 'ok' },
]

const names = ['voice', 'avatar', 'result'] as const

/** What a trial leaves in which every invariant holds; tests plant one violation in a copy. */
export const SOUND: Evidence = {
  client,
  worker,
  pool: names.map((name) => ({ kind: 'stored', at: 1, tenant: TENANT, md5: MD5[name], sha256: SHA[name], size: 10 })),
  tasks: [row],
  index: names.map((name) => ({ tenant: TENANT, md5: MD5[name], sha256: SHA[name], size: 10 })),
  files: names.map((name) => ({ tenant: TENANT, name: SHA[name], md5: MD5[name], sha256: SHA[name], size: 10 })),
  orphans: [],
  views: [
    {
      ...{ tenant: TENANT, taskId: TASK, status: 200, state: 'succeeded', version: 7 },
      ...{ sha256: SHA.result, hasResultUrl: true },
    },
  ],
  strangers: [{ what: 'its status', aboutIt: '404 {"request_id":"r1"}', aboutNothing: '404 {"request_id":"r2"}' }],
  strangerSees: [{ what: 'its list', text: '200 {"data":{"tasks":[],"cursor":null}}' }],
  ends: [{ name: 'gateway', isExpected: true, code: 0, signal: null, lastWords: '' }],
  secrets: [{ name: 'licence key', value: 'lk_canary' }],
  texts: [{ name: 'gateway.jsonl', content: Buffer.from('{"msg":"gateway listens"}') }],
  bounds: { walBytes: 4_000_000, openFiles: 40, rssBytes: 200_000_000, loopDelayMs: 20 },
  databaseCheck: 'ok',
  expectations: { isSettled: true, poison: new Set(), damaged: new Set() },
}

/** The sound evidence with something else in place of one task row. */
export function withTask(change: Partial<StoredTaskRow>): Evidence {
  return { ...SOUND, tasks: [{ ...row, ...change }] }
}

export function withClient(...facts: readonly ClientFact[]): Evidence {
  return { ...SOUND, client: [...client, ...facts] }
}

export function withWorker(...facts: readonly WorkerFact[]): Evidence {
  return { ...SOUND, worker: [...worker, ...facts].sort((a, b) => a.at - b.at) }
}
