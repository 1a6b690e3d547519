import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dhs, isEvent, isStage, killAll } from '../cli/dhs.ts'
import { startGateway, startWorker } from '../cli/servers.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { compose, expectRefusal } from './compose.ts'
import { ffmpeg, put, wav } from './files.ts'

const KEY = { DHS_LICENSE_KEY: 'lk_0123456789abcdef0123456789abcdef' }
const WORDS_AS_THEY_ARE = new Set(['credentials.json', 'license_key', 'worker_secret', 'admin_token', 'JSON'])
const FREE_PORT_URL = 'http://127.0.0.1:9'

describe('gateways that cannot be used', () => {
  let root: string
  let gateway: GatewayRun
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-connection-'))
    gateway = await startGateway(join(root, 'gateway'))
  })
  afterAll(async () => {
    await killAll()
    await rm(root, { recursive: true, force: true })
  })
  const composeAt = (url: string, env: Readonly<Record<string, string>> = KEY, more: readonly string[] = []) =>
    compose({ out: join(root, 'out.mp4'), more: ['--gateway', url, ...more], env }).ended

  it('nobody listens there', async () => {
    await expectRefusal(await composeAt(FREE_PORT_URL), { code: 'GATEWAY_UNREACHABLE', mentions: '127.0.0.1:9' })
  })

  it('a name that nobody knows', async () => {
    const end = await composeAt('https://no-such-host.invalid')
    await expectRefusal(end, { code: /^GATEWAY_NAME_UNKNOWN|GATEWAY_UNREACHABLE$/, mentions: 'no-such-host.invalid' })
  })

  it('something else answers there', async () => {
    const server = createServer((_, response) => response.end('<html>It works!</html>')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const end = await composeAt(`http://127.0.0.1:${String(port)}`)
    server.close()
    await expectRefusal(end, { code: 'GATEWAY_NOT_OURS', mentions: String(port) })
  })

  it('plain http to another machine', async () => {
    await expectRefusal(await composeAt('http://gpu.example'), { code: 'TLS_REQUIRED' })
  })

  it('a wrong key, no key, and a key file that cannot be used', async () => {
    await expectRefusal(await composeAt(gateway.url), { code: 'AUTH_INVALID' })
    await expectRefusal(await composeAt(gateway.url, {}), { code: 'AUTH_REQUIRED' })
    const missing = await composeAt(gateway.url, {}, ['--license-key-file', join(root, 'no-key.txt')])
    await expectRefusal(missing, { code: 'FILE_NOT_FOUND', mentions: 'no-key.txt' })
    const empty = await put(root, 'empty-key.txt', '\n')
    const end = await composeAt(gateway.url, {}, ['--license-key-file', empty])
    await expectRefusal(end, { code: 'SECRET_UNREADABLE', mentions: 'empty-key.txt' })
    const inChinese = await composeAt(gateway.url, { LC_ALL: 'zh_CN.UTF-8' }, ['--license-key-file', root])
    expect(inChinese.last?.['code']).toBe('SECRET_UNREADABLE')
    // File names, options and JSON fields are what they are; every other word is Chinese.
    const words = `${String(inChinese.last?.['message'])} ${String(inChinese.last?.['hint'])}`.replace(
      basename(root),
      '',
    )
    expect(words.match(/[a-z][\w.]*/gi)?.filter((word) => !WORDS_AS_THEY_ARE.has(word))).toEqual([])
  })

  it('a worker with the wrong secret is told so', async () => {
    const run = dhs(['worker', '--gateway', gateway.dspUrl, '--data', join(root, 'w'), '--json'], {
      env: { DHS_WORKER_SECRET: 'f'.repeat(64) },
    })
    expect(await run.until(isEvent('error'))).toMatchObject({ code: 'WORKER_REFUSED' })
    await run.kill()
  })
})

/** Mostly waiting, each on servers of its own: side by side. */
describe.concurrent('a gateway that goes away and comes back', () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-away-'))
  })
  afterAll(async () => {
    await killAll()
    await rm(root, { recursive: true, force: true })
  })

  it('in the middle of an upload: it goes on where it was', async () => {
    const dataDir = join(root, 'upload-gateway')
    const first = await startGateway(dataDir)
    const video = join(root, 'large.mp4')
    const noise = ['-vf', 'noise=alls=60:allf=t', '-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '8M']
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=4', ...noise, video)
    const run = compose({ video, out: join(root, 'out.mp4'), gateway: first, more: ['--limit-rate', '1M'] })
    await run.until((event) => isStage('upload')(event) && Number(event['progress']) > 0.4)
    await first.run.kill()
    await run.until((event) => event['blocked'] === 'GATEWAY_UNREACHABLE')
    const second = await startGateway(dataDir, first.port)
    expect(Number((await run.until((event) => 'resumed_from' in event))['resumed_from'])).toBeGreaterThan(500_000)
    await run.until(isStage('queued'))
    run.send('SIGINT')
    expect((await run.ended).code).toBe(130)
    await second.run.kill()
  }, 180_000)

  it('in the middle of a run: nothing is lost', async () => {
    const dataDir = join(root, 'run-gateway')
    const first = await startGateway(dataDir)
    await startWorker(first, join(root, 'worker'))
    const audio = await put(root, 'long.wav', wav({ frames: 16_000 * 8 }))
    const out = join(root, 'whole.mp4')
    const run = compose({ audio, out, gateway: first, more: ['--loop', 'pingpong'] })
    await run.until(isStage('processing'))
    await first.run.kill()
    await startGateway(dataDir, first.port)
    expect(await run.ended).toMatchObject({ code: 0, last: { event: 'done', out } })
  }, 180_000)

  it('while a worker waits: it stays, and stops at SIGTERM', async () => {
    const gateway = await startGateway(join(root, 'idle-gateway'))
    const worker = await startWorker(gateway, join(root, 'idle-worker'))
    await gateway.run.kill()
    await worker.until(isEvent('offline'))
    const again = await startGateway(gateway.dataDir, gateway.port)
    const ready = (): number => worker.events.filter(isEvent('ready')).length
    await worker.until(() => ready() === 2)
    worker.send('SIGTERM')
    expect((await worker.ended).code).toBe(0)
    await again.run.kill()
  }, 180_000)
})
