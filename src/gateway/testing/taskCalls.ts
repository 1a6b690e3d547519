import { z } from 'zod'
import type { Job, LeaseRef } from '../../protocol/dsp/index.ts'
import { CAPABILITY_HEADER, submitAnswerSchema } from '../../protocol/http/index.ts'
import type { SubmitAnswer } from '../../protocol/http/index.ts'
import { taskViewSchema } from '../../protocol/task/index.ts'
import type { TaskView } from '../../protocol/task/index.ts'
import { digestsOf } from './gatewayBench.ts'
import type { Answer, GatewayBench } from './gatewayBench.ts'

const VIDEO = Buffer.from('not really a video, but the gateway never looks inside')
export const AUDIO = Buffer.from('neither is this a voice')
export const OUTPUT = Buffer.from('the finished video')

const errorSchema = z.object({ error: z.object({ code: z.string() }) })

/** Puts both inputs into the pool; answers the body of a submit. */
export async function inputs(at: GatewayBench): Promise<Record<string, unknown>> {
  const video = await at.upload(VIDEO, '.mp4')
  const audio = await at.upload(AUDIO, '.wav')
  return { audio_hash: audio.md5, audio_ext: '.wav', video_hash: video.md5, video_ext: '.mp4' }
}

export async function submit(at: GatewayBench, extra: Readonly<Record<string, unknown>> = {}): Promise<SubmitAnswer> {
  const answer = await at.call('/api/heygem/task/submit', { json: { ...(await inputs(at)), ...extra } })
  return submitAnswerSchema.parse(answer.body['data'])
}

export async function status(at: GatewayBench, taskId: string, lang = 'en'): Promise<TaskView> {
  const answer = await at.call(`/api/heygem/task/status?task_id=${taskId}`, { headers: { 'accept-language': lang } })
  return taskViewSchema.parse(answer.body['data'])
}

export function codeOf(answer: Pick<Answer, 'body'>): string {
  return errorSchema.parse(answer.body).error.code
}

/** Uploads bytes by tus, as a worker or (without a job) as the tenant. */
export async function tusUpload(
  at: GatewayBench,
  path: string,
  bytes: Buffer,
  job?: Pick<Job, 'capability'>,
): Promise<Answer> {
  const { md5, sha256 } = digestsOf(bytes)
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const metadata = `md5 ${base64(md5)},sha256 ${base64(sha256)},ext ${base64('.mp4')}`
  const headers = {
    'tus-resumable': '1.0.0',
    ...(job === undefined ? {} : { [CAPABILITY_HEADER]: job.capability }),
  }
  const key = job === undefined ? {} : { key: null }
  const created = await at.call(path, {
    ...{ method: 'POST', ...key },
    headers: { ...headers, 'upload-length': String(bytes.length), 'upload-metadata': metadata },
  })
  const location = created.headers.get('location')
  if (location === null) return created
  return at.call(location, {
    ...{ method: 'PATCH', ...key },
    headers: { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: new Uint8Array(bytes),
  })
}

export function resultFrame(ref: LeaseRef, bytes: Buffer): Record<string, unknown> {
  const output = { ...digestsOf(bytes), ext: '.mp4', duration_ms: 1_000, width: 640, height: 360, fps: 25 }
  return { type: 'gpu.job.result', version: '1.0', ...ref, error: false, engine: 'preview', output }
}
