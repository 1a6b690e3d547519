import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCommandHook } from './commandHook.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-power-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

const ENV = { PATH: process.env['PATH'], DHS_ADMIN_TOKEN: 'ad_canary', DHS_POWER_SECRET: 'canary' }
const LIMITS = { timeoutMs: 20_000, answerBytes: 4_096 }
const never = new AbortController().signal

async function script(lines: readonly string[]): Promise<string> {
  const path = join(dir, 'power.sh')
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  await chmod(path, 0o755)
  return path
}

/** False once it has ended, also where nobody has collected it yet. */
async function isRunning(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

describe('a power command', () => {
  it('is told what to do by two variables, and gets nothing of what the gateway’s environment hides', async () => {
    const seen = join(dir, 'seen')
    const path = await script(['env > "$1"', 'echo "booting $DHS_SERVER_ID"'])
    const hook = createCommandHook([path, seen], ENV, LIMITS)
    expect(await hook.call('on', 'GPU-002', never)).toEqual({ success: true, msg: 'booting GPU-002' })
    const env = await readFile(seen, 'utf8')
    expect(env).toContain('DHS_POWER_ACTION=on\n')
    expect(env).toContain('DHS_SERVER_ID=GPU-002\n')
    expect(env).not.toMatch(/canary|TOKEN|SECRET/)
  })

  it('names no server where none is meant', async () => {
    const hook = createCommandHook([await script(['echo "[$DHS_SERVER_ID] $DHS_POWER_ACTION"'])], ENV, LIMITS)
    expect(await hook.call('off', null, never)).toEqual({ success: true, msg: '[] off' })
  })

  it('fails by its exit code, with its own words', async () => {
    const hook = createCommandHook([await script(['echo "quota used up" >&2', 'exit 7'])], ENV, LIMITS)
    expect(await hook.call('on', null, never)).toEqual({ success: false, msg: 'exit code 7: quota used up' })
  })

  it('is ended when it takes too long, with all it started', async () => {
    const pidFile = join(dir, 'pid')
    const path = await script(['sleep 60 &', 'echo $! > "$1"', 'wait'])
    const hook = createCommandHook([path, pidFile], ENV, { ...LIMITS, timeoutMs: 300 })
    expect(await hook.call('on', null, never)).toEqual({
      ...{ success: false, msg: 'the command took too long and was ended' },
    })
    const pid = (await readFile(pidFile, 'utf8')).trim()
    await vi.waitFor(async () => {
      expect(await isRunning(pid)).toBe(false)
    })
  })

  it('may say megabytes without anybody keeping them', async () => {
    const hook = createCommandHook([await script(['head -c 20000000 /dev/zero | tr "\\0" x'])], ENV, LIMITS)
    const { success, msg } = await hook.call('on', null, never)
    expect([success, msg.length]).toEqual([true, 300])
  })

  it('shows neither secrets nor control characters of its output', async () => {
    const path = await script(['printf "\\033[31mstarted\\007 token=abc123def bearer xyz\\n"'])
    const { msg } = await createCommandHook([path], ENV, LIMITS).call('on', null, never)
    expect(msg).toContain('started')
    expect(msg).not.toMatch(/abc123def|xyz|[\u0000-\u001f]/)
  })

  it('that was removed is a failed call, not a crash', async () => {
    const hook = createCommandHook([join(dir, 'gone.sh')], ENV, LIMITS)
    expect(await hook.call('on', null, never)).toEqual({
      ...{ success: false, msg: 'the command cannot be started (FILE_NOT_FOUND)' },
    })
  })

  it('ends when the gateway stops', async () => {
    const stopping = new AbortController()
    const call = createCommandHook([await script(['sleep 60'])], ENV, LIMITS).call('on', null, stopping.signal)
    stopping.abort(new Error('the gateway stops'))
    await expect(call).rejects.toThrow('the gateway stops')
  })
})
