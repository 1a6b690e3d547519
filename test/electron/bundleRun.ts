/**
 * Runs the built app (out/main/index.js) with the stand-in for Electron in place of the module, plays the page's part
 * once through, quits, and prints what it saw as one line of JSON. Its utility processes are the built ones.
 */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { TaskRecord } from '../../src/protocol/studio/index.ts'
import { fake } from './fakeElectron.ts'
import { openPage } from './openPage.ts'
import type { OpenPage } from './openPage.ts'

const [mainScript = ''] = process.argv.slice(2)
const FAKE = new URL('./fakeElectron.ts', import.meta.url).href
const STEP_LIMIT_MS = 90_000

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: FAKE, shortCircuit: true } : next(specifier, context),
})

/** Asks again until there is an answer other than undefined. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + STEP_LIMIT_MS
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) return answer
    if (performance.now() > deadlineMs) throw new Error('a step took too long')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function readPage() {
  const response = await fake.fetch('app://studio/index.html')
  const html = await response.text()
  const policy = response.headers.get('content-security-policy') ?? ''
  const nonce = /'nonce-([\w-]+)'/.exec(policy)?.[1] ?? 'none'
  const links = [...html.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map((match) => match[1] ?? '')
  const answers = await Promise.all(links.map((link) => fake.fetch(new URL(link, 'app://studio/').href)))
  return {
    status: response.status,
    hasNonce: html.includes(`content="${nonce}"`),
    inlineScripts: [...html.matchAll(/<script(?![^>]*\bsrc=)/g)].length,
    files: answers.map((answer, index) => [links[index]?.replace(/^.*\./, ''), answer.status]),
  }
}

async function makeVideo({ client }: OpenPage): Promise<TaskRecord> {
  await until(async () => ((await client.connection.get()).state === 'online' ? true : undefined))
  const { avatar, voice } = await client.files.samples()
  const created = await client.compose.create({
    avatar: avatar.handle,
    voice: voice.handle,
    options: { name: 'bundle' },
  })
  return until(async () => {
    const record = await client.history.get({ id: created.id })
    return record.endedAtMs === null ? undefined : record
  })
}

async function run() {
  await import(pathToFileURL(mainScript).href)
  fake.becomeReady()
  await until(async () => fake.windows()[0])
  const page = await until(openPage)
  const record = await makeVideo(page)
  const media = new URL(record.output?.mediaUrl ?? '/media/none', 'app://studio/').href
  const part = await fake.fetch(media, { headers: { range: 'bytes=4-7' } })
  const report = {
    page: await readPage(),
    sandboxed: fake.app.isSandboxEnabled,
    video: { phase: record.phase, error: record.error, part: [part.status, await part.text()] },
  }
  fake.app.quit()
  const exitCode = await fake.app.whenExited()
  return { ...report, exitCode, children: fake.forked.map(({ child }) => child.exitedWith) }
}

console.log(JSON.stringify(await run()))
process.exit(0)
