import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadCredentials } from './credentialsFile.ts'

let dir = ''
let path = ''

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'credentials-'))
  path = join(dir, 'credentials.json')
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777
}

describe('loadCredentials', () => {
  it('makes three different secrets on the first start, for the owner only, and keeps them', async () => {
    const made = await loadCredentials(join(dir, 'new'), {})
    expect(new Set([made.licenseKey, made.workerSecret, made.adminToken]).size).toBe(3)
    expect(made.licenseKey).toMatch(/^lk_[0-9a-f]{64}$/)
    expect(await modeOf(join(dir, 'new', 'credentials.json'))).toBe(0o600)
    expect(await loadCredentials(join(dir, 'new'), {})).toEqual(made)
  })

  it('takes secrets of the environment first, and does not write them down', async () => {
    const stored = await loadCredentials(dir, {})
    const workerSecret = 'from-the-environment-0123456789-abc'
    const loaded = await loadCredentials(dir, { DHS_WORKER_SECRET: workerSecret })
    expect(loaded).toEqual({ ...stored, workerSecret })
    expect(await readFile(path, 'utf8')).not.toContain(workerSecret)
  })

  it('closes a file that others could read', async () => {
    await loadCredentials(dir, {})
    await chmod(path, 0o644)
    await loadCredentials(dir, {})
    expect(await modeOf(path)).toBe(0o600)
  })

  it('refuses weak secrets', async () => {
    await expect(loadCredentials(dir, { DHS_LICENSE_KEY: 'short' })).rejects.toMatchObject({
      code: 'SECRET_WEAK',
      data: { name: 'license_key' },
    })
  })

  it.each(['not json', '{"license_key": 1}', ''])('refuses a file that holds %j and leaves it', async (text) => {
    await writeFile(path, text)
    await expect(loadCredentials(dir, {})).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('says when it cannot be read at all', async () => {
    await mkdir(path)
    await expect(loadCredentials(dir, {})).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
  })
})
