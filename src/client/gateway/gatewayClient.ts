import type { z } from 'zod'
import {
  cancelAnswerSchema,
  checkFilesAnswerSchema,
  healthAnswerSchema,
  HTTP_ROUTES,
  queueAnswerSchema,
  submitAnswerSchema,
  successEnvelope,
  tasksAnswerSchema,
} from '../../protocol/http/index.ts'
import type { HealthAnswer, QueueAnswer, SubmitAnswer, SubmitRequest, TasksAnswer } from '../../protocol/http/index.ts'
import { taskViewSchema } from '../../protocol/task/index.ts'
import type { TaskState, TaskView } from '../../protocol/task/index.ts'
import { createSender, post } from './sender.ts'
import type { GatewayClientOptions } from './sender.ts'

export interface FileQuestion {
  readonly md5: string
  readonly sha256: string
  readonly ext: SubmitRequest['audio_ext'] | SubmitRequest['video_ext']
}

/**
 * The gateway's HTTP routes as functions. Every one rejects with an AppError: the gateway's own code, or
 * GATEWAY_UNREACHABLE, GATEWAY_NAME_UNKNOWN, GATEWAY_TLS, GATEWAY_PLAIN, GATEWAY_NOT_OURS. An aborted signal rejects with its reason.
 */
export interface GatewayClient {
  readonly baseUrl: string
  /** Host and port, for people. */
  readonly host: string
  health(signal?: AbortSignal): Promise<HealthAnswer>
  queue(signal?: AbortSignal): Promise<QueueAnswer>
  /** Idempotent by `request_id`: the same request again gives the same task. */
  submit(request: SubmitRequest, signal?: AbortSignal): Promise<SubmitAnswer>
  status(taskId: string, signal?: AbortSignal): Promise<TaskView>
  tasks(query: { cursor?: string; limit?: number }, signal?: AbortSignal): Promise<TasksAnswer>
  cancel(taskId: string, signal?: AbortSignal): Promise<{ task_id: string; state: TaskState; version: number }>
  /** The MD5s of the files the pool has. */
  checkFiles(files: readonly FileQuestion[], signal?: AbortSignal): Promise<ReadonlySet<string>>
}

export function createGatewayClient(options: GatewayClientOptions): GatewayClient {
  const send = createSender(options)
  const data = async <T>(path: string, init: RequestInit, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> =>
    (await send(path, init, envelopeOf(schema), signal)).data

  return {
    baseUrl: options.baseUrl,
    host: new URL(options.baseUrl).host,
    health: (signal) => send(HTTP_ROUTES.health, {}, healthAnswerSchema, signal),
    queue: (signal) => data(HTTP_ROUTES.queue, {}, queueAnswerSchema, signal),
    submit: (request, signal) => data(HTTP_ROUTES.submit, post(request), submitAnswerSchema, signal),
    status: (taskId, signal) => data(`${HTTP_ROUTES.status}?task_id=${taskId}`, {}, taskViewSchema, signal),
    tasks: (query, signal) => data(`${HTTP_ROUTES.tasks}?${toQuery(query)}`, {}, tasksAnswerSchema, signal),
    cancel: (taskId, signal) => data(HTTP_ROUTES.cancel, post({ task_id: taskId }), cancelAnswerSchema, signal),
    async checkFiles(files, signal) {
      const body = { files: files.map(({ md5, sha256, ext }) => ({ hash: md5, sha256, ext })) }
      const known = await data(HTTP_ROUTES.checkFiles, post(body), checkFilesAnswerSchema, signal)
      return new Set(files.map((file) => file.md5).filter((md5) => known[md5] === true))
    },
  }
}

function toQuery(query: { cursor?: string; limit?: number }): string {
  const parameters = new URLSearchParams()
  if (query.cursor !== undefined) parameters.set('cursor', query.cursor)
  if (query.limit !== undefined) parameters.set('limit', String(query.limit))
  return parameters.toString()
}

function envelopeOf<T>(schema: z.ZodType<T>): z.ZodType<{ code: 0; msg: string; data: T }> {
  return successEnvelope(schema)
}
