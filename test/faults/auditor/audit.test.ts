import { describe, expect, it } from 'vitest'
import { audit } from './audit.ts'
import type { INVARIANTS } from './audit.ts'
import type { Evidence } from './evidence.ts'
import type { ClientFact, WorkerFact } from './facts.ts'
import { SHA, SOUND, TASK, withClient, withTask, withWorker } from './soundEvidence.ts'

const [voice] = SOUND.files
const tenant = 't-trial'
const OTHER = 'f'.repeat(64)

const reply = (change: Partial<Extract<ClientFact, { kind: 'submit.reply' }>>): ClientFact => ({
  ...{ kind: 'submit.reply', at: 20, tenant, requestId: 'q_one', digest: 'd', status: 200, taskId: TASK, code: null },
  ...change,
})
const seen = (change: Partial<Extract<ClientFact, { kind: 'seen' }>>): ClientFact => ({
  ...{ kind: 'seen', at: 30, tenant, taskId: TASK, version: 7, state: 'succeeded', sha256: SHA.result, by: 'poll' },
  ...change,
})
const refused = (body: string): ClientFact => ({ kind: 'refused', at: 20, route: 'GET /x', status: 500, body })
const sent = (change: Partial<Extract<WorkerFact, { kind: 'result.sent' }>>): WorkerFact => ({
  ...{ kind: 'result.sent', at: 7.2, worker: 'two', taskId: TASK, epoch: 2, token: 'y' },
  ...{ isSuccess: true, sha256: SHA.result },
  ...change,
})
const envelope = (message: string): string =>
  JSON.stringify({
    ...{ code: 500, msg: message, request_id: 'r1' },
    error: { code: 'INTERNAL', message, hint: 'Try again.', retryable: true },
  })

/** Each plants what the invariant forbids into evidence that is otherwise sound. */
const PLANTED: Readonly<Record<keyof typeof INVARIANTS, Readonly<Record<string, Evidence>>>> = {
  I1: {
    'an accepted task is not stored': { ...SOUND, tasks: [] },
    'it is stored under another request': withTask({ requestId: 'q_two' }),
    'its state is none': withTask({ state: 'lost' }),
    'it cannot be asked for': { ...SOUND, views: [] },
    'the database is damaged': { ...SOUND, databaseCheck: 'row 3 missing from index' },
    'a 2xx named no task': withClient(reply({ requestId: 'q_two', taskId: null })),
  },
  I2: {
    'it ended twice': withClient(seen({ at: 8.5, version: 6, state: 'failed', sha256: null })),
    'a terminal state was left': withTask({ state: 'running' }),
    'two results were shown': withClient(seen({ sha256: OTHER })),
    'no run made the result': { ...SOUND, worker: [] },
    'success without a result': withTask({ outputSha256: null }),
    'success that shows none': { ...SOUND, views: SOUND.views.map((view) => ({ ...view, hasResultUrl: false })) },
    'failure that shows one': withTask({ state: 'failed' }),
  },
  I3: {
    'one request became two tasks': withClient(reply({ taskId: `t_${'2'.repeat(32)}` })),
    'two payloads were accepted under one id': withClient(reply({ digest: 'e' })),
    'a replay was called a conflict': withClient(reply({ status: 409, taskId: null, code: 'REQUEST_ID_CONFLICT' })),
    'it is stored twice': { ...SOUND, tasks: [...SOUND.tasks, ...SOUND.tasks] },
  },
  I4: {
    'an old lease wrote after a newer was granted': withWorker(sent({ at: 6.5, worker: 'one', epoch: 1, token: 'x' }), {
      kind: 'result.acked',
      at: 6.6,
      worker: 'one',
      taskId: TASK,
      epoch: 1,
      outcome: 'ok',
    }),
    'an old failure was taken after a newer lease was granted': withWorker(
      sent({ at: 6.5, worker: 'one', epoch: 1, token: 'x', isSuccess: false, sha256: null }),
      { kind: 'result.acked', at: 6.6, worker: 'one', taskId: TASK, epoch: 1, outcome: 'ok' },
    ),
    'an accepted task was leased again': withWorker(sent({ at: 5.9, worker: 'one', epoch: 1, token: 'x' }), {
      kind: 'result.acked',
      at: 6,
      worker: 'one',
      taskId: TASK,
      epoch: 1,
      outcome: 'ok',
    }),
    // As a product without the check would write it: with its own newest epoch, and the old run's file.
    'the old run’s result is shown under the newer epoch': {
      ...withWorker(
        { kind: 'finished', at: 6.4, worker: 'one', taskId: TASK, epoch: 1, sha256: OTHER },
        sent({ at: 6.5, worker: 'one', epoch: 1, token: 'x', sha256: OTHER }),
      ),
      tasks: SOUND.tasks.map((task) => ({ ...task, outputSha256: OTHER })),
    },
    'another worker wrote under the epoch': {
      ...withWorker(sent({ at: 6.5, worker: 'one', token: 'y', sha256: OTHER })),
      tasks: SOUND.tasks.map((task) => ({ ...task, outputSha256: OTHER })),
    },
    'a wrong token wrote': {
      ...withWorker(sent({ at: 6.5, token: 'x', sha256: OTHER })),
      tasks: SOUND.tasks.map((task) => ({ ...task, outputSha256: OTHER })),
    },
    'an epoch settled that never was': withTask({ settledEpoch: 3 }),
  },
  I5: {
    'one epoch was granted twice': withWorker({
      kind: 'granted',
      at: 6.3,
      worker: 'one',
      taskId: TASK,
      epoch: 2,
      token: 'z',
    }),
    'one epoch ran on two workers': withWorker({
      kind: 'started',
      at: 6.3,
      worker: 'one',
      taskId: TASK,
      epoch: 2,
      name: '',
    }),
    'the old lease was renewed beside the newer': withWorker({
      ...{ kind: 'kept', at: 6.4, worker: 'one', taskId: TASK, epoch: 1, askedAt: 6.3 },
    }),
  },
  I6: {
    'a file is not what its name says': {
      ...SOUND,
      files: SOUND.files.map((file) => (file === voice ? { ...file, sha256: OTHER } : file)),
    },
    'an indexed file is gone': { ...SOUND, files: SOUND.files.slice(1) },
    'an indexed file is cut short': {
      ...SOUND,
      files: SOUND.files.map((file) => (file === voice ? { ...file, size: 9 } : file)),
    },
    'an acknowledged file is not there': {
      ...SOUND,
      pool: [{ kind: 'stored', at: 2, tenant, md5: '9'.repeat(32), sha256: OTHER, size: 1 }],
    },
    'an input is missing and the task does not say so': withTask({ inputs: [OTHER] }),
  },
  I7: {
    'a temporary file was left': { ...SOUND, orphans: ['p-1234'] },
    'a file without an index entry was left': {
      ...SOUND,
      files: [...SOUND.files, { tenant, name: OTHER, md5: '9'.repeat(32), sha256: OTHER, size: 1 }],
    },
  },
  I8: {
    'a task ran nine times': withWorker(
      ...Array.from({ length: 7 }, (_, index) => ({
        ...{ kind: 'started' as const, at: 6.3 + index / 100, worker: 'two', taskId: TASK, epoch: 3 + index, name: '' },
      })),
    ),
    'a poison task ran four times': {
      ...withWorker(
        { kind: 'started', at: 6.3, worker: 'two', taskId: TASK, epoch: 3, name: '' },
        { kind: 'started', at: 6.4, worker: 'two', taskId: TASK, epoch: 4, name: '' },
      ),
      expectations: { ...SOUND.expectations, poison: new Set([TASK]) },
    },
  },
  I9: {
    'a stranger can tell it exists': {
      ...SOUND,
      strangers: [{ what: 'its status', aboutIt: '403 {"request_id":"r1"}', aboutNothing: '404 {"request_id":"r2"}' }],
    },
    'a stranger sees its id': { ...SOUND, strangerSees: [{ what: 'its list', text: `{"tasks":["${TASK}"]}` }] },
  },
  I10: { 'a task is still running': withTask({ state: 'running' }) },
  I11: {
    'a refusal without an envelope': withClient(refused('<html>502</html>')),
    'a refusal without a hint': withClient(refused(envelope('x').replace('Try again.', ''))),
    'a refusal with a stack': withClient(refused(envelope('boom at run (server.ts:3:1)'))),
    'a refusal with a path': withClient(refused(envelope('no such file /home/someone/pool'))),
  },
  I12: {
    'a key is in the log': { ...SOUND, texts: [{ name: 'gateway.jsonl', content: Buffer.from('key lk_canary') }] },
  },
  I13: {
    'a version went back': withClient(seen({ version: 6, state: 'running', sha256: null })),
    'the last seen is not the stored': withTask({ version: 9 }),
  },
  I14: {
    'the WAL grew': { ...SOUND, bounds: { ...SOUND.bounds, walBytes: 65 * 1024 * 1024 } },
    'the event loop stood still': { ...SOUND, bounds: { ...SOUND.bounds, loopDelayMs: 250 } },
  },
  I15: {
    'a process died alone': {
      ...SOUND,
      ends: [{ name: 'gateway', isExpected: false, code: 1, signal: null, lastWords: 'TypeError' }],
    },
  },
}

describe('the auditor', () => {
  it('has nothing to say about sound evidence', () => {
    expect(audit(SOUND)).toEqual([])
  })

  const cases = Object.entries(PLANTED).flatMap(([invariant, plants]) =>
    Object.entries(plants).map(([name, evidence]) => ({ invariant, name, evidence })),
  )
  it.each(cases)('$invariant is violated when $name', ({ invariant, evidence }) => {
    expect(new Set(audit(evidence).map((violation) => violation.invariant))).toContain(invariant)
  })

  it('lets a run go on under a newer lease of its worker, whoever ran between', () => {
    const evidence = withWorker(
      { kind: 'granted', at: 7.2, worker: 'one', taskId: TASK, epoch: 3, token: 'z' },
      { kind: 'finished', at: 7.3, worker: 'one', taskId: TASK, epoch: 1, sha256: OTHER },
      sent({ at: 7.4, worker: 'one', epoch: 3, token: 'z', sha256: OTHER }),
    )
    const adopted = { ...SOUND.tasks[0], epoch: 3, settledEpoch: 3, outputSha256: OTHER }
    const worker = evidence.worker.filter((fact) => fact.kind !== 'result.acked')
    const tasks = SOUND.tasks.map((task) => ({ ...task, ...adopted }))
    expect(audit({ ...evidence, worker, tasks }).map(({ invariant }) => invariant)).not.toContain('I4')
  })

  it('lets an answer pass that was asked for before the newer lease was granted', () => {
    const late = withWorker({ kind: 'kept', at: 6.4, worker: 'one', taskId: TASK, epoch: 1, askedAt: 6 })
    expect(audit(late)).toEqual([])
  })

  it('does not call unfinished tasks stuck while faults go on', () => {
    const evidence = withTask({ state: 'queued', outputSha256: null })
    const going = { ...evidence, expectations: { ...SOUND.expectations, isSettled: false } }
    expect(audit(going).map(({ invariant }) => invariant)).not.toContain('I10')
  })
})
