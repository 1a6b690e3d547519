import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { dhs, isStage, killAll } from '../cli/dhs.ts'
import { openStudio } from '../cli/history.ts'
import { startGateway, startWorker } from '../cli/servers.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { compose, expectRefusal, leftBeside } from './compose.ts'
import { put, wav } from './files.ts'

/** A state that a busy machine needs longer for is not reached. */
const WAIT = { timeout: 20_000 }

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dhs-process-'))
})
afterAll(async () => {
  await killAll()
  await rm(root, { recursive: true, force: true })
})

describe('wrong use', () => {
  const wrong: readonly (readonly [what: string, args: readonly string[], usage: string])[] = [
    ['no input', ['compose', '--audio', 'a.wav', '--out', 'x.mp4'], '--video is missing'],
    ['an unknown option', ['compose', '--vidoe', 'a.mp4'], '--vidoe'],
    ['an unknown loop', ['compose', '--video', 'a', '--audio', 'b', '--out', 'c', '--loop', 'twice'], '--loop takes'],
    [
      'an unusable rate',
      ['compose', '--video', 'a', '--audio', 'b', '--out', 'c', '--limit-rate', 'fast'],
      '--limit-rate',
    ],
    ['no address', ['compose', '--video', 'a', '--audio', 'b', '--out', 'c', '--gateway', '::'], '--gateway takes'],
    ['a worker without a gateway', ['worker'], '--gateway is missing'],
    ['a worker without a secret', ['worker', '--gateway', 'ws://127.0.0.1:1/dsp'], '--secret-file'],
    ['half a worker', ['worker', '--gateway', 'ws://127.0.0.1:1/dsp', '--slots', '0.5'], '--slots takes'],
  ]
  it.each(wrong)('%s: exit 2 with the usage of the command', async (_, args, sentence) => {
    const end = await dhs([...args, '--json'], { cwd: root, env: { HOME: root } }).ended
    const usage = `Usage: dhs ${args[0] ?? ''} `
    expect(end).toMatchObject({ code: 2, last: { event: 'error', code: 'USAGE' } })
    expect(end.last).toMatchObject({ hint: expect.stringContaining(usage) as string })
    expect(end.stderr).toContain(sentence)
    expect(end.stderr).toContain(usage)
  })

  it('no command, and one that does not exist: exit 2 with the list', async () => {
    for (const args of [[], ['comopse']]) {
      const end = await dhs(args).ended
      expect(end.code).toBe(2)
      expect(end.stdout + end.stderr).toContain('dhs <command> --help')
    }
  })
})

describe('servers that cannot start', () => {
  it('a port that is used, and ports that are none', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const port = String((server.address() as AddressInfo).port)
    const taken = await dhs(['gateway', '--port', port, '--data', join(root, 'g1'), '--json']).ended
    server.close()
    await expectRefusal(taken, { code: 'PORT_IN_USE', mentions: port })
    const none = await dhs(['gateway', '--port', '70000', '--data', join(root, 'g1'), '--json']).ended
    await expectRefusal(none, { code: 'PORT_INVALID', mentions: '70000', exit: 2 })
  })

  it('an address beyond this machine without TLS', async () => {
    const end = await dhs(['gateway', '--host', '0.0.0.0', '--data', join(root, 'g1'), '--json']).ended
    await expectRefusal(end, { code: 'PLAIN_BIND_REFUSED', mentions: '--allow-plain', exit: 2 })
  })

  it('a data folder that is a file', async () => {
    const file = await put(root, 'not-a-folder', '')
    for (const args of [
      ['gateway', '--port', '0'],
      ['worker', '--gateway', 'ws://127.0.0.1:1/dsp'],
    ]) {
      const env = { DHS_WORKER_SECRET: 'f'.repeat(64) }
      const end = await dhs([...args, '--data', join(file, 'data'), '--json'], { env }).ended
      await expectRefusal(end, { code: 'DATA_DIR_UNWRITABLE', mentions: 'not-a-folder/data' })
    }
  })

  it('a data folder that another one uses: its pid is named', async () => {
    const gateway = await startGateway(join(root, 'shared'))
    const second = await dhs(['gateway', '--port', '0', '--data', gateway.dataDir, '--json']).ended
    await expectRefusal(second, { code: 'DB_IN_USE', mentions: `process ${String(gateway.run.pid)}` })
    gateway.run.send('SIGTERM')
    expect((await gateway.run.ended).code).toBe(0)
  })
})

describe('FFmpeg that is missing', () => {
  /** A PATH with everything but FFmpeg that the product looks for. */
  const withoutFfmpeg = async (): Promise<Readonly<Record<string, string>>> => {
    const bin = join(root, 'bin')
    await mkdir(bin, { recursive: true })
    for (const tool of ['sh', 'env', 'prlimit'])
      await symlink(`/usr/bin/${tool}`, join(bin, tool)).catch(() => undefined)
    return { PATH: bin }
  }

  it('is told by compose with the command that installs it', async () => {
    const out = join(root, 'no-ffmpeg.mp4')
    const end = await compose({ out, env: await withoutFfmpeg() }).ended
    await expectRefusal(end, { code: 'FFMPEG_MISSING', mentions: 'install', out })
  })

  const REASON = /^FFmpeg is not installed\. .*install/

  it('keeps a worker from taking tasks; its log and the app of whoever waits say why', async () => {
    const gateway = await startGateway(join(root, 'g-no-ffmpeg'))
    const worker = await startWorker(gateway, join(root, 'w-no-ffmpeg'), { env: await withoutFfmpeg() })
    const run = compose({ out: join(root, 'waits.mp4'), gateway })
    const waiting = await run.until(isStage('queued'))
    expect(waiting['task_id']).toMatch(/^t_/)
    expect(waiting['message']).toMatch(/not ready, .*FFmpeg is not installed/)
    const { studio } = await openStudio(join(root, 'app-no-ffmpeg'))
    await studio.start()
    await studio.api.useConnection({ kind: 'remote', url: gateway.url, licenseKey: gateway.licenseKey })
    const engines = await vi.waitFor(() => {
      const { gpu } = studio.api.connection()
      expect(gpu?.engines).toHaveLength(1)
      return gpu?.engines
    }, WAIT)
    await studio.stop()
    expect(engines).toMatchObject([{ name: 'preview', ready: false, reason: expect.stringMatching(REASON) as string }])
    expect(run.events.some(isStage('processing'))).toBe(false)
    run.send('SIGINT')
    expect((await run.ended).code).toBe(130)
    const { stderr } = await worker.kill()
    const said = stderr.split('\n').filter((line) => line.includes('"msg":"engine"'))
    expect(said.map((line) => z.looseObject({}).parse(JSON.parse(line)))).toMatchObject([
      { name: 'worker', engine: 'preview', ready: false, reason: expect.stringMatching(REASON) as string },
    ])
    await gateway.run.kill()
  })
})

describe('a run that is interrupted', () => {
  let gateway: GatewayRun
  let audio: string
  beforeAll(async () => {
    gateway = await startGateway(join(root, 'gateway'))
    audio = await put(root, 'long.wav', wav({ frames: 16_000 * 20 }))
  })
  const long = (out: string, more: readonly string[] = []) =>
    compose({ audio, out, gateway, more: ['--loop', 'pingpong', ...more] })

  it('Ctrl-C: 130, cancelled at the gateway, nothing left', async () => {
    const out = join(root, 'cancelled.mp4')
    const worker = await startWorker(gateway, join(root, 'worker'))
    const run = long(out)
    await run.until(isStage('processing'))
    run.send('SIGINT')
    const end = await run.ended
    expect(end).toMatchObject({ code: 130, last: { event: 'error', code: 'TASK_CANCELLED' } })
    expect(await leftBeside(out)).toEqual([])
    worker.send('SIGTERM')
    expect((await worker.ended).code).toBe(0)
    expect(await readdir(join(root, 'worker', 'work')).catch(() => [])).toEqual([])
  })

  it.concurrent(
    'a worker killed in the middle of its run: the restarted one finishes it',
    async () => {
      const out = join(root, 'killed-worker.mp4')
      const worker = await startWorker(gateway, join(root, 'worker'))
      const run = long(out)
      await run.until(isStage('processing'))
      await worker.kill()
      const again = await startWorker(gateway, join(root, 'worker'))
      expect(await run.ended).toMatchObject({ code: 0, last: { event: 'done', out } })
      await again.kill()
    },
    180_000,
  )

  it.concurrent(
    'compose killed in the middle of an upload: the same command goes on where it was',
    async () => {
      const out = join(root, 'again.mp4')
      const data = ['--data', join(root, 'compose-data')]
      // A file that the pool has not met: nothing is left to resume of one it has.
      const fresh = await put(root, 'fresh.wav', wav({ frames: 16_000 * 40, amplitude: 0.2 }))
      const again = () => compose({ audio: fresh, out, gateway, more: [...data, '--limit-rate', '200K'] })
      const first = again()
      await first.until((event) => isStage('upload')(event) && Number(event['progress']) > 0.5)
      await first.kill()
      const second = again()
      const resumed = await second.until((event) => Number(event['resumed_from']) > 0)
      expect(resumed).toMatchObject({ stage: 'upload' })
      second.send('SIGINT')
      expect((await second.ended).code).toBe(130)
    },
    120_000,
  )

  it('--limit-rate slows an upload down', async () => {
    const audioOnly = await put(root, 'slow.wav', wav({ frames: 16_000 * 10, amplitude: 0.1 }))
    const run = compose({ audio: audioOnly, out: join(root, 'slow.mp4'), gateway, more: ['--limit-rate', '100K'] })
    await run.until(isStage('upload'))
    const startedAt = performance.now()
    await run.until(isStage('queued'))
    // 320 KB at 100 KiB a second; the first block may go at once.
    expect(performance.now() - startedAt).toBeGreaterThan(1_500)
    run.send('SIGINT')
    await run.ended
  })

  it('servers stop at the first SIGTERM within 10 s', async () => {
    const startedAt = performance.now()
    gateway.run.send('SIGTERM')
    expect((await gateway.run.ended).code).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})
