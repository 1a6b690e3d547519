import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** Every write to it fails as one to a file on a full disk does. */
const FULL = '/dev/full'
const BIN = resolve('bin', 'dhs.js')
const isSkipped = !existsSync(FULL)
if (isSkipped) process.stderr.write(`skipped, there is no ${FULL} here: output of dhs on a full disk\n`)

describe.skipIf(isSkipped)('dhs whose output goes to a full disk', () => {
  let dir: string
  let run: ChildProcess | undefined
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-full-'))
  })
  afterEach(async () => {
    run?.kill('SIGKILL')
    await rm(dir, { recursive: true, force: true })
  })

  /** Runs it with one of its streams on the full disk; the other one can be read. */
  function start(full: 'stdout' | 'stderr', args: readonly string[]): { child: ChildProcess; lines: Readable } {
    const disk = openSync(FULL, 'w')
    const child = spawn(process.execPath, [BIN, ...args], {
      stdio: full === 'stdout' ? ['ignore', disk, 'pipe'] : ['ignore', 'pipe', disk],
      env: { ...process.env, LC_ALL: 'en_US.UTF-8' },
    })
    closeSync(disk)
    run = child
    const lines = full === 'stdout' ? child.stderr : child.stdout
    if (lines === null) throw new Error('the other stream cannot be read')
    return { child, lines }
  }

  async function exitCode(child: ChildProcess): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode
  }

  async function urlIn(lines: Readable): Promise<string> {
    for await (const line of createInterface({ input: lines })) {
      const [url] = /http:\/\/[\d.]+:\d+/.exec(line) ?? []
      if (url !== undefined) return url
    }
    throw new Error('it ended without an address')
  }

  it.each([
    { full: 'stdout', of: 'its address', more: ['--json'] },
    // Any other address than the usual one of this machine is warned of.
    { full: 'stderr', of: 'a warning', more: ['--host', '127.0.0.2', '--allow-plain'] },
  ] as const)('is a server that goes on, though $of was lost on $full', async ({ full, more }) => {
    const { child, lines } = start(full, ['gateway', '--port', '0', '--data', join(dir, 'gateway'), ...more])
    const url = await urlIn(lines)
    lines.resume()
    // It answers only after the turn in which it hears signals and the lost line was written.
    expect((await fetch(`${url}/api/heygem/health`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await exitCode(child)).toBe(0)
  })

  it('fails when its answer was lost, and keeps its exit code when a message was', async () => {
    expect(await exitCode(start('stdout', ['--version']).child)).toBe(1)
    expect(await exitCode(start('stderr', ['no-such-command']).child)).toBe(2)
  })
})
