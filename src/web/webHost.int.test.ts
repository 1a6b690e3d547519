import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isRecordEnd } from '../protocol/studio/index.ts'
import type { TaskRecord } from '../protocol/studio/index.ts'
import { randomHex } from '../shared/index.ts'
import { createLogger } from '../shared/node/index.ts'
import { openStudioClient } from './testing/openStudioClient.ts'
import type { StudioClient } from './testing/openStudioClient.ts'
import { writeTestPage } from './testing/openTestDoor.ts'
import { createWebHost } from './webHost.ts'
import type { WebHost, WebHostOptions } from './webHost.ts'

const REPOSITORY = join(import.meta.dirname, '..', '..')
const SAMPLES = join(REPOSITORY, 'resources', 'samples')

let dir: string
let hosts: WebHost[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-host-'))
  hosts = []
})
afterEach(async () => {
  for (const host of hosts) await host.stop()
  rmSync(dir, { recursive: true, force: true })
})

function createHost(options: Partial<WebHostOptions> = {}): WebHost {
  const host = createWebHost({
    host: '127.0.0.1',
    port: 0,
    allowPlain: false,
    dataDir: join(dir, 'data'),
    outputDir: join(dir, 'output'),
    rendererDir: writeTestPage(dir),
    resourcesDir: join(REPOSITORY, 'resources'),
    entries: {
      gateway: join(REPOSITORY, 'src/entries/gateway.ts'),
      worker: join(REPOSITORY, 'src/entries/worker.ts'),
    },
    version: '0.0.0-test',
    locale: 'en',
    log: createLogger({ name: 'test', destination: 'stderr', level: 'silent' }),
    ...options,
  })
  hosts.push(host)
  return host
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected })

it('makes a video out of two files that a browser sent', async () => {
  const { url } = await createHost().start()
  const { origin, hash } = new URL(url)
  const token = hash.slice('#token='.length)

  const send = async (name: string): Promise<string> => {
    const body = readFileSync(join(SAMPLES, name))
    const query = new URLSearchParams({ id: randomHex(16), name, size: String(body.byteLength) })
    const answer = await fetch(`${origin}/files?${query.toString()}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
      body,
    })
    return ((await answer.json()) as { handle: string }).handle
  }
  const client = await openStudioClient(origin, token)
  const options = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
  const created = await client.studio.compose.create({
    avatar: await send('presenter.mp4'),
    voice: await send('welcome.wav'),
    options,
  })
  const { output } = await endOf(client, created)
  const part = await fetch(`${origin}${output?.mediaUrl ?? ''}`, { headers: { range: 'bytes=4-11' } })
  const saved = await fetch(`${origin}${output?.mediaUrl ?? ''}?download=1`, { method: 'HEAD' })
  expect([part.status, await part.text(), part.headers.get('content-type')]).toEqual([206, 'ftypisom', 'video/mp4'])
  expect(saved.headers.get('content-disposition')).toContain(output?.fileName)
  expect((output?.durationMs ?? 0) / 1000).toBeCloseTo(8.04, 1)
  client.socket.close()
})

it('says in one code why it cannot start, and leaves the data folder free', async () => {
  const occupied = createServer()
  await new Promise<void>((resolve) => occupied.listen(0, '127.0.0.1', resolve))
  const { port } = occupied.address() as AddressInfo
  mkdirSync(join(dir, 'empty'))
  await expect(createHost({ port }).start()).rejects.toEqual(code('PORT_IN_USE'))
  await expect(createHost({ host: '0.0.0.0' }).start()).rejects.toEqual(code('PLAIN_BIND_REFUSED'))
  for (const host of ['192.0.2.1', 'foo.invalid']) {
    await expect(createHost({ host, allowPlain: true }).start()).rejects.toEqual(code('PORT_FORBIDDEN'))
  }
  await expect(createHost({ rendererDir: join(dir, 'empty') }).start()).rejects.toEqual(code('PAGE_NOT_BUILT'))
  await createHost().start()
  await expect(createHost().start()).rejects.toEqual(code('DB_IN_USE'))
  await new Promise((resolve) => occupied.close(resolve))
})

async function endOf({ studio }: StudioClient, created: TaskRecord): Promise<TaskRecord> {
  // The first event says that anything may have happened before.
  for await (const event of await studio.events()) {
    if (event.kind !== 'resync' && event.kind !== 'record.changed') continue
    const record = await studio.history.get(created)
    if (!isRecordEnd(record.phase)) continue
    expect(record.error).toBeNull()
    return record
  }
  throw new Error('the stream ended before the task')
}
