import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, vi } from 'vitest'
import { runChild } from './runChild.ts'
import { onLinux } from '../../../../test/platform/onLinux.ts'

const SHELL = '/bin/sh'
const sh = (script: string) => ({ command: SHELL, args: ['-c', script] })

/** A zombie is dead: in a container nobody may be there to reap the orphan. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const isWindows = process.platform === 'win32'
if (isWindows) process.stderr.write(`skipped, there is no ${SHELL} on Windows: runChild\n`)

describe.skipIf(isWindows)('runChild', () => {
  it('gives the exit code, lines of both streams and the end of stderr', async () => {
    const out: string[] = []
    const err: string[] = []
    const result = await runChild({
      ...sh('echo one; echo two; yes x | head -c 9000 >&2; printf last >&2; exit 3'),
      onStdoutLine: (line) => out.push(line),
      onStderrLine: (line) => err.push(line),
    })
    expect(result).toMatchObject({ code: 3, signal: null, isTimedOut: false })
    expect(out).toEqual(['one', 'two'])
    expect(err.at(-1)).toBe('last')
    expect([result.stderrTail.length, result.stderrTail.endsWith('last')]).toEqual([4096, true])
  })

  it('gives the child no environment of ours', async () => {
    process.env['DHS_TEST_CANARY'] = 'canary'
    const out: string[] = []
    await runChild({ command: '/usr/bin/env', args: [], onStdoutLine: (line) => out.push(line) })
    delete process.env['DHS_TEST_CANARY']
    expect(out).toEqual(['LC_ALL=C.UTF-8'])
  })

  it('passes arguments as they are', async () => {
    const odd = ['-n', "'; rm -rf x", '%d\n', '$HOME', '数字 🎬']
    const chunks: Uint8Array[] = []
    await runChild({
      command: process.execPath,
      args: ['-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--', ...odd],
      onStdoutChunk: (chunk) => chunks.push(chunk),
    })
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual(odd)
  })

  it('kills the whole group at the time limit, also what ignores SIGTERM', async () => {
    let grandchild = 0
    const result = await runChild({
      ...sh('trap "" TERM; sleep 1000 & echo $!; wait; sleep 1000'),
      timeoutMs: 300,
      killGraceMs: 100,
      onStdoutLine: (line) => {
        grandchild = Number(line)
      },
    })
    expect(result).toMatchObject({ signal: 'SIGKILL', isTimedOut: true })
    await vi.waitFor(() => {
      expect(isAlive(grandchild)).toBe(false)
    })
  })

  it('ends although a grandchild keeps the pipes open', async () => {
    const result = await runChild(sh('sleep 1000 & exit 0'))
    expect(result).toMatchObject({ code: 0, isTimedOut: false })
  })

  it('rejects with the caller’s reason on abort, after the exit', async () => {
    const controller = new AbortController()
    const reason = new Error('cancelled by the person')
    let pid = 0
    const running = runChild({
      ...sh('echo $$; sleep 1000'),
      signal: controller.signal,
      onStdoutLine: (line) => {
        pid = Number(line)
        controller.abort(reason)
      },
    })
    await expect(running).rejects.toBe(reason)
    expect(isAlive(pid)).toBe(false)
    await expect(runChild({ ...sh('true'), signal: controller.signal })).rejects.toBe(reason)
  })

  it('says what cannot be started', async () => {
    await expect(runChild({ command: '/no/such/program', args: [] })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(runChild({ command: '/etc/passwd', args: [] })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(runChild({ command: 'sh', args: [] })).rejects.toMatchObject({ code: 'INTERNAL' })
    await expect(runChild({ ...sh('true'), cwd: '/no/such/folder' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it.skipIf(!onLinux('no descriptors for a child'))(
    'rejects without a free file descriptor, and runs once there is one',
    () => {
      const moduleUrl = new URL('./runChild.ts', import.meta.url).href
      const script = `
      import { closeSync, openSync } from 'node:fs'
      const { runChild } = await import(${JSON.stringify(moduleUrl)})
      const run = () => runChild({ command: '/bin/true', args: [] }).then(({ code }) => code, ({ message }) => message)
      const taken = []
      try { for (;;) taken.push(openSync('/dev/null')) } catch (error) { console.log(error.code) }
      const refused = await run()
      for (const descriptor of taken) closeSync(descriptor)
      console.log(JSON.stringify([refused, await run()]))`
      const args = ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, script]
      const [full = '', results = ''] = execFileSync(SHELL, args).toString().trim().split('\n')
      expect([full, JSON.parse(results)]).toEqual(['EMFILE', [expect.stringContaining('EMFILE'), 0]])
    },
  )

  it.skipIf(!onLinux('limits what the child may write'))('limits what the child may write', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'dhs-child-'))
    const result = await runChild({
      command: '/bin/dd',
      args: ['if=/dev/zero', 'of=big', 'bs=64k', 'count=100'],
      cwd: dir,
      limits: { fileSizeBytes: 1_000_000 },
    })
    expect(result.code).not.toBe(0)
    expect(statSync(join(dir, 'big')).size).toBeLessThanOrEqual(1_000_000)
    rmSync(dir, { recursive: true })
  })

  it.skipIf(!onLinux('children of a killed process'))(
    'leaves no child behind when this process is killed',
    async () => {
      const moduleUrl = new URL('./runChild.ts', import.meta.url).href
      const script = `
      const { runChild } = await import(${JSON.stringify(moduleUrl)})
      await runChild({ command: '/bin/sh', args: ['-c', 'echo $$; exec sleep 1000'], onStdoutLine: (line) => console.log(line) })`
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(createInterface(parent.stdout), 'line')) as [string]
      expect(isAlive(Number(line))).toBe(true)
      parent.kill('SIGKILL')
      await vi.waitFor(() => {
        expect(isAlive(Number(line))).toBe(false)
      })
    },
  )
})
