import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeError } from '../../../protocol/errors/index.ts'
import { AppError } from '../../../shared/index.ts'
import { readFieldOptions } from './fieldOptions.ts'

let dir = ''

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-field-'))
})

afterAll(() => rm(dir, { recursive: true, force: true }))

const TOKEN = '0123456789abcdef'.repeat(2)

async function file(content: unknown): Promise<string> {
  const path = join(dir, 'workers.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('the settings of the field workers', () => {
  it('are read from the file and the environment', async () => {
    const entry = { address: '::ffff:10.0.0.5', url: 'http://10.0.0.5:8383', name: 'upstairs', secret: 's' }
    const env = {
      ...{ HEYGEM_SERVER_URL: 'https://gpu.example:8383', HEYGEM_SERVER_SECRET: 'other' },
      DHS_FIELD_TOKEN: TOKEN,
    }
    expect(await readFieldOptions(await file({ workers: [entry] }), env)).toEqual({
      ...{ token: TOKEN, serverUrl: 'https://gpu.example:8383', serverSecret: 'other' },
      servers: [{ ...entry, address: '10.0.0.5' }],
    })
    expect(await readFieldOptions(undefined, { HEYGEM_SERVER_URL: '' })).toMatchObject({ servers: [] })
  })

  it.each([
    ['no JSON', 'workers'],
    ['an address that is a name', { workers: [{ address: 'gpu', url: 'http://gpu:8383' }] }],
    ['an address that is no web address', { workers: [{ address: '10.0.0.5', url: 'file:///etc/passwd' }] }],
    [
      'one address twice',
      { workers: ['10.0.0.5', '::ffff:10.0.0.5'].map((address) => ({ address, url: 'http://a' })) },
    ],
  ])('refuse %s', async (_what, content) => {
    await expect(readFieldOptions(await file(content), {})).rejects.toMatchObject({ code: 'FIELD_SETTINGS_INVALID' })
  })

  it('refuse a file that is not there, an address in the environment that is none, and a weak token', async () => {
    const invalid = { code: 'FIELD_SETTINGS_INVALID' }
    const missing = join(dir, 'none.json')
    const refusal = AppError.from(await readFieldOptions(missing, {}).catch((error: unknown) => error))
    expect(refusal).toMatchObject({ ...invalid, data: { detail: `${missing} cannot be read` } })
    expect(describeError(refusal, 'zh-CN').message).toContain(`：无法读取 ${missing}。`)
    await expect(readFieldOptions(undefined, { HEYGEM_SERVER_URL: 'gpu:8383' })).rejects.toMatchObject(invalid)
    for (const token of ['short', 't'.repeat(64)]) {
      await expect(readFieldOptions(undefined, { DHS_FIELD_TOKEN: token })).rejects.toMatchObject({
        code: 'SECRET_WEAK',
      })
    }
  })
})
