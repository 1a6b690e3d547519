import { describe, expect, it } from 'vitest'
import type { RecordPhase } from '../../protocol/studio/index.ts'
import { heygemStatus } from '../../protocol/task/index.ts'
import type { RunStage, TaskState, TaskView } from '../../protocol/task/index.ts'
import type { StoredInput, StoredRecord } from '../history/index.ts'
import { newRecord } from './drafts.ts'
import { next, nextAction } from './recordMachine.ts'
import type { RecordEvent } from './recordMachine.ts'

const NOW = 1_000
const TASK_ID = `t_${'a'.repeat(32)}`
const DIGESTS = { md5: '0'.repeat(32), sha256: '1'.repeat(64) }
const INPUT: StoredInput = {
  path: '/in/a.mp4',
  name: 'a.mp4',
  ext: '.mp4',
  durationMs: 8_000,
  stamp: { sizeBytes: 10, mtimeMs: 1, inode: 2, device: 3 },
  digests: null,
}
const OUTPUT = {
  md5: '2'.repeat(32),
  sha256: '3'.repeat(64),
  ext: '.mp4',
  size: 99,
  duration_ms: 5_000,
  width: 640,
  height: 360,
  fps: 25,
} as const

const start = (): StoredRecord =>
  newRecord({
    avatar: INPUT,
    voice: { ...INPUT, path: '/in/b.wav', name: 'b.wav', ext: '.wav' },
    options: { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' },
    wantedPath: null,
    retryOf: null,
    nowMs: 0,
  })

const task = (state: TaskState, version: number, extra: Partial<TaskView> = {}): TaskView => ({
  task_id: TASK_ID,
  request_id: 'dhs-1',
  task_type: 'heygem_submit',
  state,
  status: heygemStatus(state),
  version,
  stage: null,
  progress: null,
  frame: null,
  total_frames: null,
  position: null,
  eta_seconds: null,
  eta_high_seconds: null,
  eta_basis: null,
  gpu: null,
  message: '',
  name: null,
  server_id: null,
  engine: null,
  attempts: 0,
  result_url: null,
  output: null,
  error_code: null,
  error_msg: null,
  error_hint: null,
  retry_of: null,
  created_at: 0,
  started_at: null,
  finished_at: null,
  ...extra,
})

const hashed: RecordEvent = { kind: 'hashed', avatar: DIGESTS, voice: DIGESTS }
const tried: RecordEvent = { kind: 'submit.tried', gateway: 'embedded' }
const accepted: RecordEvent = {
  kind: 'accepted',
  answer: {
    task_id: TASK_ID,
    request_id: 'dhs-1',
    status: 'queued',
    state: 'queued',
    version: 1,
    position: 2,
    eta_seconds: 120,
    eta_high_seconds: null,
    eta_basis: 'startup_default',
    gpu: 'offline',
    msg: '',
  },
}
const changed = (view: TaskView): RecordEvent => ({ kind: 'task.changed', task: view, lipSync: false })
const running = changed(task('running', 3, { stage: 'encode', engine: 'preview', server_id: 'GPU-001' }))
const succeeded = changed(task('succeeded', 4, { output: OUTPUT }))
const missing: RecordEvent = { kind: 'input.missing', error: { code: 'INPUT_MISSING', message: '', retryable: false } }

const after = (...events: readonly RecordEvent[]): StoredRecord =>
  events.reduce((record, event) => next(record, event, NOW), start())

const toSubmitting = [hashed, { kind: 'uploaded' }] as const satisfies readonly RecordEvent[]
const toWaiting = [...toSubmitting, tried, accepted] as const

describe('the way of a record', () => {
  it('goes through every phase, with one action each and a closed timeline', () => {
    const steps: readonly (readonly [RecordEvent | null, RecordPhase, string])[] = [
      [null, 'hashing', 'hash'],
      [hashed, 'uploading', 'upload'],
      [{ kind: 'uploaded' }, 'submitting', 'submit'],
      [tried, 'submitting', 'submit'],
      [accepted, 'waiting', 'follow'],
      [running, 'running', 'follow'],
      [succeeded, 'downloading', 'download'],
      [{ kind: 'downloaded', output: { ...outputOf(), path: '/out/b.mp4' } }, 'done', 'none'],
    ]
    let record = start()
    for (const [event, phase, action] of steps) {
      if (event !== null) record = next(record, event, NOW)
      expect([record.phase, nextAction(record)]).toEqual([phase, action])
    }
    expect(record.timeline.map((entry) => [entry.step, entry.endedAtMs])).toEqual([
      ['hash', NOW],
      ['upload', NOW],
      ['wait', NOW],
      ['encode', NOW],
      ['download', NOW],
    ])
    expect(record).toMatchObject({
      endedAtMs: NOW,
      engine: 'preview',
      lipSync: false,
      serverId: 'GPU-001',
      error: null,
    })
  })

  it('keeps where it stands in the queue', () => {
    expect(after(...toWaiting).wait).toEqual({
      position: 2,
      etaSeconds: 120,
      etaHighSeconds: null,
      etaBasis: 'startup_default',
      etaAtMs: NOW,
      gpu: 'offline',
      gpuOffSinceMs: NOW,
      sinceMs: NOW,
    })
  })

  it('knows since when no GPU is online: a start that fails is no new beginning, one that came is', () => {
    const tell = (record: StoredRecord, gpu: TaskView['gpu'], version: number, nowMs: number): StoredRecord =>
      next(record, changed(task('queued', version, { gpu })), nowMs)
    const off = after(...toWaiting)
    const starting = tell(off, 'starting', 5, NOW + 1_000)
    const failed = tell(starting, 'offline', 6, NOW + 2_000)
    const busy = tell(failed, 'busy', 7, NOW + 3_000)
    const offAgain = tell(busy, 'offline', 8, NOW + 4_000)
    expect([starting, failed, busy, offAgain].map(({ wait }) => wait?.gpuOffSinceMs)).toEqual([
      ...[NOW, NOW, undefined, NOW + 4_000],
    ])
    expect(offAgain.wait?.sinceMs).toBe(NOW)
  })

  it('knows that the GPU servers take nothing, until they do', () => {
    const withheld = next(after(...toWaiting), changed(task('queued', 5, { gpu: 'offline', withheld: true })), NOW)
    expect(withheld.wait?.isWithheld).toBe(true)
    expect(next(withheld, changed(task('queued', 6)), NOW).wait?.isWithheld).toBeUndefined()
  })

  it('knows that the queue is paused, until it is not', () => {
    const paused = next(after(...toWaiting), changed(task('queued', 5, { paused: true })), NOW)
    expect(paused.wait?.isPaused).toBe(true)
    expect(next(paused, changed(task('queued', 6)), NOW).wait?.isPaused).toBeUndefined()
  })

  it('knows until when it waits, once the gateway says that this is near', () => {
    const told = (more: Partial<TaskView>) => next(after(...toWaiting), changed(task('queued', 5, more)), NOW).wait
    const expires_at = NOW / 1000 + 600
    expect(told({ expires_at })?.expiresAtMs).toBeUndefined()
    expect(told({ expires_at, expires_soon: true })?.expiresAtMs).toBe(NOW + 600_000)
  })

  it('keeps the newest estimate with its range and reason, and since when it has waited', () => {
    const estimate = {
      eta_seconds: 300,
      eta_high_seconds: 480,
      eta_basis: 'runs',
      eta_reason: 'fewer_servers',
    } as const
    const told = changed(task('queued', 5, { position: 3, gpu: 'busy', ...estimate }))
    expect(next(after(...toWaiting), told, NOW + 60_000).wait).toEqual({
      ...{ position: 3, gpu: 'busy', sinceMs: NOW, etaAtMs: NOW + 60_000 },
      ...{ etaSeconds: 300, etaHighSeconds: 480, etaBasis: 'runs', etaReason: 'fewer_servers' },
    })
  })

  it('goes back to waiting when the gateway gives the task to another worker', () => {
    const record = after(...toWaiting, running, changed(task('queued', 5, { position: 1 })))
    expect(record.phase).toBe('waiting')
    expect(record.timeline.map((entry) => entry.step)).toEqual(['hash', 'upload', 'wait', 'encode', 'wait'])
  })

  it('enters the stages that progress tells, onwards only', () => {
    const told = (stage: RunStage): RecordEvent => ({ kind: 'stage.told', stage })
    const started = after(...toWaiting, changed(task('running', 3)))
    const steps = [told('prepare'), told('prepare'), told('encode'), told('prepare'), told('upload')] as const
    const record = steps.reduce((known, event) => next(known, event, NOW), started)
    expect(record.timeline.map(({ step }) => step)).toEqual([
      'hash',
      'upload',
      'wait',
      'inputs',
      'prepare',
      'encode',
      'store',
    ])
    const waiting = after(...toWaiting)
    expect(next(waiting, told('encode'), NOW)).toBe(waiting)
  })

  it('ignores news that are older than what is known', () => {
    const record = after(...toWaiting, running)
    expect(next(record, changed(task('queued', 2)), NOW)).toBe(record)
  })

  it('ignores news of another task', () => {
    const record = after(...toWaiting)
    expect(next(record, changed(task('failed', 9, { task_id: `t_${'b'.repeat(32)}` })), NOW)).toBe(record)
  })

  it('never changes an end', () => {
    const ended = after(...toWaiting, changed(task('failed', 2, { error_code: 'ENGINE_FAILED', error_msg: 'x' })))
    expect(ended).toMatchObject({ phase: 'failed', error: { code: 'ENGINE_FAILED', message: 'x' } })
    for (const event of [hashed, tried, accepted, running, succeeded, missing, { kind: 'cancel.asked' }] as const) {
      expect(next(ended, event, NOW)).toBe(ended)
    }
  })

  it('gives the very same record back for an event that does not fit', () => {
    const record = start()
    for (const event of [tried, accepted, running, succeeded, missing, { kind: 'uploaded' }] as const) {
      expect(next(record, event, NOW)).toBe(record)
    }
  })
})

describe('a missing input', () => {
  it('is uploaded anew once', () => {
    const again = after(...toSubmitting, tried, missing)
    expect(again).toMatchObject({ phase: 'uploading', submitTried: false, gateway: null, reuploads: 1 })
    const twice = [{ kind: 'uploaded' }, tried, missing] as const
    expect(twice.reduce((record, event) => next(record, event, NOW), again)).toMatchObject({
      phase: 'failed',
      error: { code: 'INPUT_MISSING' },
    })
  })
})

describe('cancelling', () => {
  const ask: RecordEvent = { kind: 'cancel.asked' }

  it.each([
    ['hashing', []],
    ['uploading', [hashed]],
    ['submitting, nothing sent', [...toSubmitting]],
    ['downloading', [...toWaiting, succeeded]],
  ] as const)('ends at once while %s', (_, events) => {
    expect(after(...events, ask)).toMatchObject({ phase: 'cancelled', endedAtMs: NOW })
  })

  it('asks the gateway once the task may be there', () => {
    const inFlight = after(...toSubmitting, tried, ask)
    expect([inFlight.phase, inFlight.cancel, nextAction(inFlight)]).toEqual(['submitting', 'asked', 'submit'])
    const accepted2 = next(inFlight, accepted, NOW)
    expect(nextAction(accepted2)).toBe('cancel')
    expect(nextAction(next(accepted2, { kind: 'cancel.told' }, NOW))).toBe('follow')
  })

  it('ends when the gateway says so, and not before', () => {
    const told = after(...toWaiting, running, ask, { kind: 'cancel.told' })
    expect(told.phase).toBe('running')
    expect(next(told, changed(task('cancelled', 6)), NOW).phase).toBe('cancelled')
  })

  it('ends here when the gateway refused the task that was to be cancelled', () => {
    expect(after(...toSubmitting, tried, ask, missing).phase).toBe('cancelled')
    expect(after(...toSubmitting, tried, ask, { kind: 'submit.refused' }).phase).toBe('cancelled')
  })

  it('ends at once after a refused submit, and any gateway may get the task', () => {
    const refused = after(...toSubmitting, tried, { kind: 'submit.refused' })
    expect(refused).toMatchObject({ phase: 'submitting', submitTried: false, gateway: null })
    expect(next(refused, ask, NOW).phase).toBe('cancelled')
  })

  it('is granted by a gateway that has forgotten the task; without it that is a failure', () => {
    const forgotten: RecordEvent = {
      kind: 'failed',
      error: { code: 'TASK_NOT_FOUND', message: '', retryable: false },
    }
    expect(after(...toWaiting, ask, forgotten)).toMatchObject({ phase: 'cancelled', error: null })
    expect(after(...toWaiting, forgotten)).toMatchObject({ phase: 'failed', error: { code: 'TASK_NOT_FOUND' } })
  })
})

describe('blocking', () => {
  const blocked: RecordEvent = { kind: 'blocked', error: { code: 'GATEWAY_UNREACHABLE', message: '', retryable: true } }

  it('stays in its phase and clears with the next step', () => {
    const record = after(hashed, blocked)
    expect(record).toMatchObject({ phase: 'uploading', blocked: { code: 'GATEWAY_UNREACHABLE' } })
    expect(next(record, blocked, NOW)).toBe(record)
    expect(next(record, { kind: 'uploaded' }, NOW).blocked).toBeNull()
    expect(next(record, { kind: 'unblocked' }, NOW).blocked).toBeNull()
  })
})

function outputOf(): {
  sizeBytes: number
  durationMs: number
  width: number
  height: number
  fps: number
  sha256: string
} {
  const { size, duration_ms, width, height, fps, sha256 } = OUTPUT
  return { sizeBytes: size, durationMs: duration_ms, width, height, fps, sha256 }
}
