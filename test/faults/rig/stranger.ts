import { createAdminClient } from '../../../src/client/index.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import type { StrangerAnswer, StrangerView } from '../auditor/evidence.ts'
import { jsonPost } from './client.ts'
import type { HttpAnswer, TrialClient } from './client.ts'

/** Where a stranger is let loose. */
export interface StrangerScene {
  readonly gateway: { readonly url: string }
  readonly client: Pick<TrialClient, 'ask'>
  readonly credentials: { readonly adminToken: string }
}

/** What a second customer of the same gateway was told, and by which key it asked. */
export interface StrangerReport {
  readonly licenseKey: string
  readonly answers: readonly StrangerAnswer[]
  readonly sees: readonly StrangerView[]
}

const NOBODY = { taskId: `t_${'0'.repeat(32)}`, md5: '0'.repeat(32) } as const

interface Question {
  readonly what: string
  readonly path: string
  readonly body?: object
}

/** With a licence of its own: asks about everything of the others by name, and lists what it can. */
export async function askAsStranger(
  scene: StrangerScene,
  taskIds: readonly string[],
  fileMd5: string | undefined,
): Promise<StrangerReport> {
  const admin = createAdminClient({ baseUrl: scene.gateway.url, token: scene.credentials.adminToken, language: 'en' })
  const { secret: licenseKey } = await admin.keys.add({ name: 'stranger' })
  const ask = async ({ path, body }: Question): Promise<string> => {
    const { headers, ...init } = body === undefined ? {} : jsonPost(body)
    const own = { authorization: `Bearer ${licenseKey}` }
    return told(await scene.client.ask(path, { ...init, headers: { ...toRecord(headers), ...own } }))
  }
  const answers: StrangerAnswer[] = []
  const compare = async (about: Question, nothing: Question): Promise<void> => {
    answers.push({ what: about.what, aboutIt: await ask(about), aboutNothing: await ask(nothing) })
  }
  const nothing = questionsAbout()
  for (const [index, about] of questionsAbout(taskIds[0], fileMd5).entries())
    await compare(about, nothing[index] ?? about)
  const lists = [HTTP_ROUTES.tasks, HTTP_ROUTES.assetList]
  const sees = await Promise.all(lists.map(async (path) => ({ what: path, text: await ask({ what: path, path }) })))
  return { licenseKey, answers, sees }
}

/** The same for each, in the same order. */
function questionsAbout(taskId: string = NOBODY.taskId, md5: string = NOBODY.md5): Question[] {
  const reads = [HTTP_ROUTES.status, HTTP_ROUTES.progress, HTTP_ROUTES.download]
  const acts = [HTTP_ROUTES.cancel, HTTP_ROUTES.retry]
  const files = ['.mp4', '.wav'].map((ext) => `${HTTP_ROUTES.pool}/${md5}${ext}`)
  return [
    ...reads.map((path) => ({ what: `${path} of ${taskId}`, path: `${path}?task_id=${taskId}` })),
    ...acts.map((path) => ({ what: `${path} of ${taskId}`, path, body: { task_id: taskId } })),
    ...files.map((path) => ({ what: path, path })),
  ]
}

/** All that can be told apart: status, kind and body. */
function told(answer: HttpAnswer | undefined): string {
  if (answer === undefined) throw new Error('the stranger got no answer')
  return `${String(answer.status)} ${answer.headers.get('content-type') ?? ''} ${answer.text}`
}

function toRecord(headers: RequestInit['headers']): Record<string, string> {
  return Object.fromEntries(new Headers(headers))
}
