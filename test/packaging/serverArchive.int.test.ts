import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAULT_POINTS } from '../../src/shared/faults/faultPoints.ts'
import { dhs, isEvent, killAll } from '../cli/dhs.ts'
import type { DhsOptions } from '../cli/dhs.ts'
import { startGateway, startWorker } from '../cli/servers.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')
const isBuilt = existsSync(join(ROOT, 'out/renderer/THIRD_PARTY_NOTICES.txt'))
if (!isBuilt) process.stderr.write('checks of the server archive are skipped: nothing is built (npm run build)\n')

describe.skipIf(!isBuilt)('the archive for servers', () => {
  let dir: string
  let archive: string
  let unpacked: string

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-server-'))
    archive = await build(join(dir, 'a'))
    unpacked = join(dir, 'opt')
    await mkdir(unpacked)
    await run('tar', ['-xzf', archive, '-C', unpacked, '--strip-components=1'])
  })
  afterAll(async () => {
    await killAll()
    await rm(dir, { recursive: true, force: true })
  })

  async function build(out: string): Promise<string> {
    const script = join(ROOT, 'scripts/server/build.ts')
    const { stdout } = await run(process.execPath, [script, '--out', out], { cwd: ROOT })
    return stdout.trim()
  }

  /** Nothing of the checkout is near: no folder of packages above, nothing on PATH but the system. */
  const alone = (): DhsOptions => ({
    bin: join(unpacked, 'bin/dhs'),
    cwd: unpacked,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', NODE_PATH: undefined, NODE_OPTIONS: undefined },
  })

  it('is the same bytes whenever it is made', async () => {
    const again = await build(join(dir, 'b'))
    expect((await readFile(again)).equals(await readFile(archive))).toBe(true)
    const [digest, name] = (await readFile(`${archive}.sha256`, 'utf8')).trim().split('  ')
    const { stdout } = await run('sha256sum', [archive])
    expect([stdout.slice(0, 64), archive.endsWith(String(name))]).toEqual([digest, true])
  })

  it('holds what its list says, nothing of the machine it was made on, and no fault point', async () => {
    await run('sha256sum', ['--check', '--quiet', '--strict', 'SHA256SUMS'], { cwd: unpacked })
    const files = (await readdir(unpacked, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
    const listed = (await readFile(join(unpacked, 'SHA256SUMS'), 'utf8')).trim().split('\n')
    expect(files.length).toBe(listed.length + 1)
    const mine = files.filter(({ parentPath }) => !parentPath.includes('node_modules'))
    for (const { parentPath, name } of mine) {
      const content = await readFile(join(parentPath, name))
      expect([name, content.includes(ROOT), FAULT_POINTS.filter((point) => content.includes(point))]).toEqual([
        name,
        false,
        [],
      ])
    }
    expect((await stat(join(unpacked, 'bin/dhs'))).mode & 0o777).toBe(0o755)
  })

  it('names every package in it with its licence', async () => {
    const notices = await readFile(join(unpacked, 'THIRD_PARTY_NOTICES.txt'), 'utf8')
    for (const name of ['fastify', 'socket.io', 'ws', 'zod', 'react', '@mantine/core', '@fastify/swagger-ui', 'yaml']) {
      expect(notices).toMatch(new RegExp(`^${name} \\d\\S+ \\(\\S.*\\)$`, 'm'))
    }
    expect(notices).not.toContain('licence not named')
    expect(notices).toContain('Permission is hereby granted')
  })

  it('tells its version and its commands', async () => {
    const version = (await import('../../package.json', { with: { type: 'json' } })).default.version
    expect(await dhs(['--version'], alone()).ended).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
    expect((await dhs(['--help'], alone()).ended).stdout).toContain('Runs a gateway')
  })

  it('makes a video with its own gateway and worker, and serves the reference and the page', async () => {
    const gateway = await startGateway(join(dir, 'gateway'), 0, alone())
    await startWorker(gateway, join(dir, 'worker'), alone())
    const samples = join(unpacked, 'resources/samples')
    const files = ['--video', join(samples, 'presenter.mp4'), '--audio', join(samples, 'welcome.wav')]
    const out = join(dir, 'out.mp4')
    const { env, ...rest } = alone()
    const composed = await dhs(['compose', ...files, '--out', out, '--json', ...gateway.client.args], {
      ...rest,
      env: { ...env, ...gateway.client.env },
    }).ended
    expect([composed.code, composed.last]).toMatchObject([0, { event: 'done' }])
    expect((await stat(out)).size).toBeGreaterThan(100_000)
    expect(await (await fetch(`${gateway.url}/docs/`)).text()).toContain('swagger-ui')

    const serve = dhs(['serve', '--port', '0', '--no-open', '--data', join(dir, 'app'), '--json'], alone())
    const { url } = await serve.until(isEvent('ready'))
    expect(await (await fetch(String(url).split('#')[0] ?? '')).text()).toContain('<div id="root"')
  })
})
