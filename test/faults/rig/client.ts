import { createHash, randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { createPoolClient } from '../../../src/client/index.ts'
import type { PoolFileRef } from '../../../src/client/index.ts'
import { HTTP_ROUTES, submitAnswerSchema, tasksAnswerSchema } from '../../../src/protocol/http/index.ts'
import { taskViewSchema } from '../../../src/protocol/task/index.ts'
import type { TaskView } from '../../../src/protocol/task/index.ts'
import { canonicalJson } from '../../../src/shared/index.ts'
import type { Clock } from '../../../src/shared/index.ts'
import type { ClientFact, PoolFact } from '../auditor/facts.ts'
import type { Ledger } from '../auditor/ledger.ts'

export interface ClientDeps {
  readonly tenant: string
  readonly licenseKey: string
  /** Asked for each time: the gateway may be reached through a proxy, or come back elsewhere. */
  readonly baseUrl: () => string
  readonly clock: Clock
  readonly scratchDir: string
  readonly facts: Ledger<ClientFact>
  readonly pool: Ledger<PoolFact>
}

/** A task as a trial asks for it. */
export interface TaskOrder {
  readonly requestId: string
  readonly voice: PoolFileRef
  readonly avatar: PoolFileRef
  readonly name: string
  readonly priority?: 'interactive' | 'normal' | 'batch'
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** A person's program, reduced to what it says on the wire; everything it hears goes into the ledger. */
export interface TrialClient {
  readonly tenant: string
  /** One request; undefined when the connection failed before an answer was there. */
  ask(path: string, init?: RequestInit): Promise<HttpAnswer | undefined>
  upload(bytes: Buffer, ext: PoolFileRef['ext'], signal?: AbortSignal): Promise<PoolFileRef>
  /** Announces the digests of other bytes; rejects with the pool's refusal. */
  uploadWrong(bytes: Buffer): Promise<void>
  /** One try. */
  submit(order: TaskOrder): Promise<HttpAnswer | undefined>
  /** Like an outbox: the same request again until the gateway has answered it with a task or a refusal of its content. */
  submitForSure(order: TaskOrder, signal: AbortSignal): Promise<string>
  cancel(taskId: string): Promise<HttpAnswer | undefined>
  status(taskId: string): Promise<TaskView | undefined>
  /** Every task of the tenant. */
  list(): Promise<readonly TaskView[] | undefined>
  /** Notes a task as this client saw it. */
  saw(view: TaskView, by: string): void
}

const REQUEST_LIMIT_MS = 10_000
const RETRY_MS = 25
const errorSchema = z.object({ error: z.object({ code: z.string() }) })

export function digestsOf(bytes: Buffer): {
  readonly md5: string
  readonly sha256: string
  readonly sizeBytes: number
} {
  const hex = (name: string): string => createHash(name).update(bytes).digest('hex')
  return { md5: hex('md5'), sha256: hex('sha256'), sizeBytes: bytes.length }
}

export function createTrialClient(deps: ClientDeps): TrialClient {
  const { tenant, facts } = deps
  const ask: TrialClient['ask'] = async (path, init = {}) => {
    const answer = await request(deps, path, init)
    if (answer !== undefined && answer.status >= 400) {
      const route = `${init.method ?? 'GET'} ${path.split('?')[0] ?? ''}`
      facts.note({ kind: 'refused', route, status: answer.status, body: answer.text.slice(0, 4096) })
    }
    return answer
  }
  const client: TrialClient = {
    tenant,
    ask,
    upload: (bytes, ext, signal) => upload(deps, bytes, ext, signal),
    uploadWrong: (bytes) => uploadWrong(deps, bytes),
    async submit(order) {
      const body = bodyOf(order)
      const digest = createHash('sha256')
        .update(canonicalJson({ ...body, request_id: '' }))
        .digest('hex')
      const note = { tenant, requestId: order.requestId }
      facts.note({ kind: 'submit.sent', ...note, digest })
      const answer = await ask(HTTP_ROUTES.submit, jsonPost(body))
      if (answer === undefined) {
        facts.note({ kind: 'submit.lost', ...note, reason: 'no answer' })
        return undefined
      }
      const taskId = taskIdIn(answer)
      facts.note({ kind: 'submit.reply', ...note, digest, status: answer.status, taskId, code: codeIn(answer) })
      return answer
    },
    async submitForSure(order, signal) {
      for (;;) {
        signal.throwIfAborted()
        const answer = await client.submit(order)
        const taskId = answer === undefined ? null : taskIdIn(answer)
        if (taskId !== null) return taskId
        if (answer !== undefined && isFinal(answer.status)) throw new Error(`refused: ${answer.text.slice(0, 300)}`)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    },
    async cancel(taskId) {
      const answer = await ask(HTTP_ROUTES.cancel, jsonPost({ task_id: taskId }))
      if (answer !== undefined) {
        facts.note({ kind: 'cancel.reply', tenant, taskId, status: answer.status, code: codeIn(answer) })
      }
      return answer
    },
    async status(taskId) {
      const answer = await ask(`${HTTP_ROUTES.status}?task_id=${taskId}`)
      if (answer?.status !== 200) return undefined
      const view = z.object({ data: taskViewSchema }).parse(JSON.parse(answer.text)).data
      client.saw(view, 'poll')
      return view
    },
    async list() {
      const views: TaskView[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const more: string = cursor === '' ? '' : `&cursor=${cursor}`
        const answer = await ask(`${HTTP_ROUTES.tasks}?limit=200${more}`)
        if (answer?.status !== 200) return undefined
        const page = z.object({ data: tasksAnswerSchema }).parse(JSON.parse(answer.text)).data
        views.push(...page.tasks)
        cursor = page.cursor
      }
      for (const view of views) client.saw(view, 'poll')
      return views
    },
    saw(view, by) {
      const { task_id: taskId, version, state, output } = view
      facts.note({ kind: 'seen', tenant, taskId, version, state, sha256: output?.sha256 ?? null, by })
    },
  }
  return client
}

async function request(deps: ClientDeps, path: string, init: RequestInit): Promise<HttpAnswer | undefined> {
  try {
    const response = await fetch(new URL(path, deps.baseUrl()), {
      ...init,
      signal: AbortSignal.any([AbortSignal.timeout(REQUEST_LIMIT_MS), ...(init.signal ? [init.signal] : [])]),
      headers: {
        authorization: `Bearer ${deps.licenseKey}`,
        'accept-language': 'en',
        ...(init.headers as Record<string, string> | undefined),
      },
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  } catch {
    // A dead, frozen or cut gateway: what the trial is about.
    return undefined
  }
}

async function upload(
  deps: ClientDeps,
  bytes: Buffer,
  ext: PoolFileRef['ext'],
  signal?: AbortSignal,
): Promise<PoolFileRef> {
  const ref = { ...digestsOf(bytes), ext }
  await send(deps, bytes, ref, signal)
  const { md5, sha256, sizeBytes: size } = ref
  deps.pool.note({ kind: 'stored', tenant: deps.tenant, md5, sha256, size })
  return ref
}

async function uploadWrong(deps: ClientDeps, bytes: Buffer): Promise<void> {
  const others = Buffer.from(bytes).fill(0, 0, 1)
  await send(deps, bytes, { ...digestsOf(others), ext: '.mp4' }, AbortSignal.timeout(REQUEST_LIMIT_MS))
}

async function send(deps: ClientDeps, bytes: Buffer, ref: PoolFileRef, signal: AbortSignal | undefined): Promise<void> {
  const path = join(deps.scratchDir, `${ref.sha256}-${randomBytes(4).toString('hex')}`)
  await writeFile(path, bytes)
  const pool = createPoolClient({
    baseUrl: deps.baseUrl(),
    clock: deps.clock,
    headers: () => ({ authorization: `Bearer ${deps.licenseKey}` }),
  })
  try {
    await pool.upload(path, ref, signal === undefined ? {} : { signal })
  } finally {
    pool.close()
    await rm(path, { force: true })
  }
}

export function bodyOf(order: TaskOrder): Record<string, unknown> {
  const { requestId, voice, avatar, name, priority } = order
  return {
    request_id: requestId,
    audio_hash: voice.md5,
    audio_ext: voice.ext,
    video_hash: avatar.md5,
    video_ext: avatar.ext,
    options: { name, ...(priority === undefined ? {} : { priority }) },
  }
}

export function jsonPost(body: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

export function codeIn(answer: HttpAnswer): string | null {
  return errorSchema.safeParse(toJson(answer.text)).data?.error.code ?? null
}

export function taskIdIn(answer: HttpAnswer): string | null {
  if (answer.status >= 300) return null
  return z.object({ data: submitAnswerSchema }).safeParse(toJson(answer.text)).data?.data.task_id ?? null
}

/** A refusal of what was asked, as against of the moment. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
