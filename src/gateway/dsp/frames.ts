import type { ErrorBody } from '../../protocol/http/index.ts'
import { describeError, errorEntry } from '../../protocol/errors/index.ts'
import type { ErrorCode, Language } from '../../protocol/errors/index.ts'
import type { ClientFrame, GatewayFrame, WorkerFrame } from '../../protocol/dsp/index.ts'
import { clientFrameSchema, workerFrameSchema } from '../../protocol/dsp/index.ts'
import type { z } from 'zod'
import { parseStrictJson } from '../../shared/index.ts'

export type Parsed<T> =
  | { readonly ok: true; readonly frame: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly field?: string; readonly about: FrameAbout }

/** Whatever a refused frame tells of itself, so that its sender can match the refusal. */
export interface FrameAbout {
  readonly type: string | null
  readonly requestId: string | null
  readonly taskId: string | null
}

const NOTHING: FrameAbout = { type: null, requestId: null, taskId: null }
const MAX_ECHO_CHARS = 64
const KNOWN_TYPES: ReadonlySet<string> = new Set(workerFrameSchema.options.map((option) => option.shape.type.value))
const CLIENT_TYPES: ReadonlySet<string> = new Set(clientFrameSchema.options.map((option) => option.shape.type.value))

/** Text of one frame → any object with a `type`. */
export function parseEnvelope(text: string): Parsed<Readonly<Record<string, unknown>>> {
  const json = parseStrictJson(text)
  if (!json.ok) return { ok: false, code: 'MESSAGE_SCHEMA', about: NOTHING }
  if (!isRecord(json.value) || typeof json.value['type'] !== 'string') {
    return { ok: false, code: 'MESSAGE_SCHEMA', field: 'type', about: aboutOf(json.value) }
  }
  return { ok: true, frame: json.value }
}

/** An envelope → a frame of the core dialect, or the code that says what is wrong with it. */
export function parseWorkerFrame(envelope: Readonly<Record<string, unknown>>): Parsed<WorkerFrame> {
  return parseFrame(workerFrameSchema, KNOWN_TYPES, envelope)
}

/** The same of a client's frame. */
export function parseClientFrame(envelope: Readonly<Record<string, unknown>>): Parsed<ClientFrame> {
  return parseFrame(clientFrameSchema, CLIENT_TYPES, envelope)
}

function parseFrame<T>(
  schema: z.ZodType<T>,
  knownTypes: ReadonlySet<string>,
  envelope: Readonly<Record<string, unknown>>,
): Parsed<T> {
  const about = aboutOf(envelope)
  if (!knownTypes.has(about.type ?? '')) return { ok: false, code: 'TYPE_UNKNOWN', field: 'type', about }
  const parsed = schema.safeParse(envelope)
  if (parsed.success) return { ok: true, frame: parsed.data }
  const field = parsed.error.issues[0]?.path.join('.')
  const code = field === 'version' ? 'VERSION_UNSUPPORTED' : 'MESSAGE_SCHEMA'
  return { ok: false, code, about, ...(field === undefined || field === '' ? {} : { field }) }
}

/** Of this protocol; every refusal of another one names it. */
const SUPPORTED = { supported: '1.0' }

export function errorBody(
  code: ErrorCode,
  options: {
    readonly field?: string
    readonly data?: Readonly<Record<string, string | number | boolean>>
    readonly retryAfterMs?: number
    /** English unless its reader asked for another: workers do not, and their authors and operators read it. */
    readonly language?: Language
  } = {},
): ErrorBody {
  const data = options.data ?? (code === 'VERSION_UNSUPPORTED' ? SUPPORTED : undefined)
  return {
    code,
    ...describeError({ code, data }, options.language ?? 'en'),
    retryable: errorEntry(code).retryable,
    ...(data === undefined ? {} : { data }),
    ...(options.field === undefined ? {} : { field: options.field }),
    ...(options.retryAfterMs === undefined ? {} : { retry_after_ms: options.retryAfterMs }),
  }
}

export function errorFrame(
  body: ErrorBody,
  about: FrameAbout = NOTHING,
): Extract<GatewayFrame, { readonly type: 'error' }> {
  return {
    type: 'error',
    version: '1.0',
    request_id: about.requestId,
    error: true,
    msg: body.message,
    result: body,
    ...(about.taskId === null ? {} : { task_id: about.taskId }),
  }
}

export function aboutOf(value: unknown): FrameAbout {
  if (!isRecord(value)) return NOTHING
  return { type: short(value['type']), requestId: short(value['request_id']), taskId: short(value['task_id']) }
}

function short(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, MAX_ECHO_CHARS) : null
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
