import { createHash } from 'node:crypto'
import { expect, vi } from 'vitest'
import { fieldMedia, FieldWorkerFake } from '../../../test/fakes/fieldWorker/index.ts'
import type { FieldWorkerScript } from '../../../test/fakes/fieldWorker/index.ts'
import { submitAnswerSchema } from '../../protocol/http/index.ts'
import type { TaskView } from '../../protocol/task/index.ts'
import type { FieldWorkerOptions } from '../dsp/fieldWorkers/index.ts'
import type { Answer, GatewayBench } from './gatewayBench.ts'
import { openBenches } from './openBenches.ts'
import type { Benches, BenchOverrides } from './openBenches.ts'
import { status } from './taskCalls.ts'

export const FIELD_TOKEN = 'field-token-0123456789-abcdefghijklmnop'
/** For states that a busy machine needs longer for. */
export const FIELD_WAIT = { timeout: 20_000, interval: 20 }

export interface FieldPair {
  readonly at: GatewayBench
  readonly gpu: FieldWorkerFake
}

export interface FieldBenches extends Pick<Benches, 'atEnd'> {
  readonly fake: (script?: Partial<FieldWorkerScript>) => Promise<FieldWorkerFake>
  /** A gateway that lets field workers in, with short times. */
  readonly bench: (fieldWorkers: Partial<FieldWorkerOptions>, overrides?: BenchOverrides) => Promise<GatewayBench>
  /** A gateway and one worker that is connected and ready. */
  readonly pair: (script?: Partial<FieldWorkerScript>, overrides?: BenchOverrides) => Promise<FieldPair>
  /** A gateway as it is by default: without field workers. */
  readonly plainBench: () => Promise<GatewayBench>
}

/** Gateways and workers of the field for the tests of one file, ended after each of them. */
export function openFieldBenches(): FieldBenches {
  const { bench: open, atEnd } = openBenches()
  const fake: FieldBenches['fake'] = async (script = {}) => {
    const worker = await FieldWorkerFake.start({ token: FIELD_TOKEN, ...script })
    atEnd(() => worker.stop())
    return worker
  }
  const bench: FieldBenches['bench'] = (fieldWorkers, overrides = {}) => {
    const timings = { pollMs: 20, acceptMs: 15_000, probeMs: 300, againMs: 20, ...fieldWorkers.timings }
    return open({
      ...overrides,
      timings: { heartbeatMs: 80, reapEveryMs: 40, penaltyMs: 20, ...overrides.timings },
      queueTimings: { releaseMs: 10, retryBackoff: { baseMs: 10, factor: 1, capMs: 10 }, ...overrides.queueTimings },
      fieldWorkers: { token: FIELD_TOKEN, servers: [], ...fieldWorkers, timings },
    })
  }
  const pair: FieldBenches['pair'] = async (script = {}, overrides = {}) => {
    const gpu = await fake(script)
    const at = await bench({ serverUrl: gpu.url, serverSecret: script.secret }, overrides)
    gpu.connect(at.dspUrl)
    return { at, gpu }
  }
  return { atEnd, fake, bench, pair, plainBench: () => open() }
}

export async function submitField(at: GatewayBench, name = 'one', options: object = { name }): Promise<string> {
  const { voice, avatar } = await fieldMedia()
  const [audio, video] = [await at.upload(voice, '.wav'), await at.upload(avatar, '.mp4')]
  const answer = await at.call('/api/heygem/task/submit', {
    json: {
      ...{ audio_hash: audio.md5, audio_ext: '.wav', video_hash: video.md5, video_ext: '.mp4' },
      ...{ options, request_id: `client-${name}-id` },
    },
  })
  return submitAnswerSchema.parse(answer.body['data']).task_id
}

/** Until the task has that status; answers it. */
export async function untilStatus(at: GatewayBench, taskId: string, word: string): Promise<TaskView> {
  return await vi.waitFor(async () => {
    const task = await status(at, taskId)
    expect(task.status, `${task.status} ${String(task.error_code)}`).toBe(word)
    return task
  }, FIELD_WAIT)
}

/** Until the worker's own steps are known: it has the task and answers for it. */
export async function untilSynthesized(at: GatewayBench, taskId: string): Promise<void> {
  await vi.waitFor(async () => {
    expect((await status(at, taskId)).stage).toBe('synthesize')
  }, FIELD_WAIT)
}

export async function expectFieldResult(at: GatewayBench, taskId: string): Promise<void> {
  const { result } = await fieldMedia()
  const answer = await at.call(`/api/heygem/download?task_id=${taskId}`)
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
  expect([answer.status, digest(answer.bytes)]).toEqual([200, digest(result)])
}

/** What operators are told of the servers, as text. */
export async function serversText(at: GatewayBench): Promise<string> {
  const { body }: Answer = await at.call('/api/admin/servers', { key: at.adminToken })
  return JSON.stringify(body)
}
