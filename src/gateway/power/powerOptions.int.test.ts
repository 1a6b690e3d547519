import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeError } from '../../protocol/errors/index.ts'
import { isAppError } from '../../shared/index.ts'
import { readPowerOptions } from './powerOptions.ts'

const SECRET = 'c0ffee5a1ad5'.repeat(4)
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-power-'))
  await writeFile(join(dir, 'secret'), `${SECRET}\n`)
  await writeFile(join(dir, 'short'), 'too short')
  await writeFile(join(dir, 'pattern'), '0'.repeat(40))
  await writeFile(join(dir, 'notes.txt'), 'no program', { mode: 0o644 })
  await writeFile(join(dir, 'argv.json'), JSON.stringify([process.execPath, '--version']))
})

afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

describe('readPowerOptions', () => {
  it('reads a program, an argv array and a file that holds one', async () => {
    const program = { kind: 'command', argv: [process.execPath] }
    const withArguments = { kind: 'command', argv: [process.execPath, '--version'] }
    expect(await readPowerOptions({ command: process.execPath }, {})).toEqual(program)
    expect(await readPowerOptions({ command: JSON.stringify(withArguments.argv) }, {})).toEqual(withArguments)
    expect(await readPowerOptions({ command: join(dir, 'argv.json') }, {})).toEqual(withArguments)
    expect(await readPowerOptions({}, { DHS_POWER_COMMAND: process.execPath })).toEqual(program)
  })

  it('reads an address with its secret', async () => {
    const secretFile = join(dir, 'secret')
    const options = { kind: 'url', url: 'https://power.example/gpu', secret: SECRET }
    expect(await readPowerOptions({ url: 'https://power.example/gpu', secretFile }, {})).toEqual(options)
    const env = { DHS_POWER_URL: 'https://power.example/gpu', DHS_POWER_SECRET_FILE: secretFile }
    expect(await readPowerOptions({}, env)).toEqual(options)
    expect(await readPowerOptions({ url: 'http://127.0.0.1:8080/', secretFile }, {})).toMatchObject({ kind: 'url' })
  })

  it('knows none when none is given', async () => {
    expect(await readPowerOptions({}, { DHS_POWER_COMMAND: '' })).toBeUndefined()
  })

  it.each([
    ['a program that is none', { command: 'notes.txt' }, 'not an executable file'],
    ['a program of the search path', { command: 'sh' }, 'not an executable file'],
    ['broken JSON', { command: '["/bin/sh"' }, 'JSON array of texts'],
    ['no array', { command: '[1, 2]' }, 'JSON array of texts'],
    ['a missing file', { command: 'gone.json' }, 'cannot be read'],
    ['both', { command: '/bin/sh', url: 'https://a.example/' }, 'both given'],
    ['an address without a secret', { url: 'https://a.example/' }, '--power-secret-file'],
    ['a plain address', { url: 'http://10.0.0.1/', secretFile: 'secret' }, 'https://'],
    ['a plain address that looks local', { url: 'http://127.0.0.1.evil.example/', secretFile: 'secret' }, 'https://'],
    ['another protocol', { url: 'file:///etc/passwd', secretFile: 'secret' }, 'https://'],
    ['a password in the address', { url: 'https://me:pw@a.example/', secretFile: 'secret' }, 'name or password'],
    ['no address', { url: 'power', secretFile: 'secret' }, 'not a URL'],
  ])('refuses %s', async (_name, flags, detail) => {
    const secretFile = 'secretFile' in flags ? { secretFile: join(dir, flags.secretFile) } : {}
    const refusal = await readPowerOptions({ ...flags, ...secretFile }, {}).catch((error: unknown) => error)
    if (!isAppError(refusal, 'POWER_HOOK_INVALID')) throw new Error('not refused', { cause: refusal })
    expect(refusal.data?.['detail']).toContain(detail)
    const { message } = describeError(refusal, 'zh-CN')
    expect(message).toMatch(/^电源钩子无法使用：.*[\u4e00-\u9fff].*。$/)
    expect(message).not.toContain(String(refusal.data?.['detail']))
  })

  it('refuses a secret that is short, a pattern or not there', async () => {
    const url = 'https://a.example/'
    for (const name of ['short', 'pattern']) {
      const weak = readPowerOptions({ url, secretFile: join(dir, name) }, {})
      await expect(weak).rejects.toMatchObject({ code: 'SECRET_WEAK' })
    }
    const gone = readPowerOptions({ url, secretFile: join(dir, 'gone') }, {})
    await expect(gone).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
  })
})
