import type { ClientBoundFrame, PowerResult } from '../../../protocol/dsp/index.ts'
import { describeError, errorEntry } from '../../../protocol/errors/index.ts'
import type { Language } from '../../../protocol/errors/index.ts'
import type { TaskView } from '../../../protocol/task/index.ts'
import type { AppError } from '../../../shared/index.ts'
import { fieldProgress } from '../../dialects/index.ts'
import type { ClientSession } from './clientSession.ts'

type FrameOf<T extends ClientBoundFrame['type']> = Extract<ClientBoundFrame, { readonly type: T }>

const VERSION = '1.0' as const

/** What a submitted task is answered with, from the view of what is stored. */
export function submittedFrame(view: TaskView, ts: number): FrameOf<'ack'> | FrameOf<'gpu.power.offline'> {
  const { request_id, task_type, task_id, status, message: msg, gpu } = view
  const common = { version: VERSION, ts, request_id, task_type, task_id, msg } as const
  if (gpu !== 'offline' && gpu !== 'starting') return { type: 'ack', ...common, status }
  const { position, eta_seconds, eta_high_seconds } = view
  return {
    ...{ type: 'gpu.power.offline', ...common, source: 'api', target: 'client', trace_id: task_id },
    data: { status: gpu, task_type, position, eta_seconds, eta_high_seconds },
  }
}

export function progressFrame(
  view: TaskView,
  { key }: Pick<ClientSession, 'key'>,
  ts: number,
): FrameOf<'gpu.task.progress'> {
  const { status, progress, message, total_frames, current_frame } = fieldProgress(view)
  const { task_id, task_type, request_id, stage } = view
  return {
    ...{ type: 'gpu.task.progress', version: VERSION, ts, task_id, task_type, request_id, key },
    ...{ status, stage, progress, message, total_frames, current_frame },
  }
}

/** The end of a task, under both of its names; nothing while it goes on. */
export function resultFrames(
  view: TaskView,
  { key }: Pick<ClientSession, 'key'>,
  ts: number,
): readonly [FrameOf<'gpu.job.result'>, FrameOf<'gpu_task_result'>] | readonly [] {
  const { task_id, task_type, request_id, status, result_url } = view
  if (status !== 'done' && status !== 'error' && status !== 'cancelled') return []
  const body = {
    ...{ version: VERSION, ts, task_id, task_type, request_id, key },
    ...{ error: status !== 'done', result: { task_id, status, result_url } },
    ...(status === 'done' ? {} : failureOf(view)),
  }
  return [
    { type: 'gpu.job.result', ...body },
    { type: 'gpu_task_result', ...body },
  ]
}

function failureOf({ error_code, error_msg, message }: TaskView): { error_code: string; error_msg: string } {
  return { error_code: error_code ?? 'TASK_CANCELLED', error_msg: error_msg ?? message }
}

export function errorFrameFor(
  error: AppError,
  about: { readonly requestId: string | null; readonly taskType: string | null },
  language: Language,
): FrameOf<'error'> {
  const { code, data, field, retryAfterMs } = error
  const { message, hint } = describeError({ code, data }, language)
  const isRepeat = code === 'REQUEST_ID_CONFLICT' || code === 'REQUEST_ID_LIVE'
  return {
    ...{
      type: 'error',
      version: VERSION,
      request_id: about.requestId,
      task_type: about.taskType,
      msg: message,
      error: true,
    },
    ...(isRepeat && about.requestId !== null ? { old_request_id: about.requestId } : {}),
    result: {
      ...{ code, message, hint, retryable: errorEntry(code).retryable },
      ...(field === undefined ? {} : { field }),
      ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
    },
  }
}

/** A GPU came online, in both words of the field. */
export function onlineFrames(
  language: Language,
  ts: number,
): readonly [FrameOf<'gpu.power.online'>, FrameOf<'gpu_online'>] {
  const msg = language === 'zh-CN' ? 'GPU 已上线' : 'A GPU is online'
  return [
    {
      type: 'gpu.power.online',
      version: VERSION,
      ts,
      source: 'gpu',
      target: 'client',
      data: { status: 'online', msg },
    },
    { type: 'gpu_online', msg },
  ]
}

/** What came of a client's wish for power. The hook's own words name machines and programs: they are the operator's. */
export function bootWords({ success, status }: Pick<PowerResult, 'success' | 'status'>, language: Language): string {
  const isZh = language === 'zh-CN'
  if (!success)
    return isZh ? 'GPU 未能启动，请联系管理员' : 'The GPU could not be started; ask whoever runs the gateway'
  if (status === 'running') return isZh ? 'GPU 已在运行' : 'A GPU is running already'
  return isZh ? 'GPU 启动中' : 'The GPU is starting'
}
