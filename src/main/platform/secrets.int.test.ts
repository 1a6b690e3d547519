import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fake } from '../../../test/electron/fakeElectron.ts'
import { jsonFile } from '../storage/index.ts'
import { createSecrets, secretsFileSchema } from './index.ts'

const NAME = 'license:https://gpu.example.com'
const KEY = 'lk_canary_5b1f'

let dir: string
let path: string
const logged: string[] = []

const open = (platform: NodeJS.Platform = 'linux') =>
  createSecrets({
    store: jsonFile({ path, schema: secretsFileSchema }),
    platform,
    log: (event) => void logged.push(event),
  })

describe('secrets', () => {
  beforeEach(async () => {
    fake.reset()
    fake.becomeReady()
    logged.splice(0)
    dir = await mkdtemp(join(tmpdir(), 'dhs-secrets-'))
    path = join(dir, 'secrets.json')
  })
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true })
  })

  it('outlive the app, encrypted, in a file of this account only', async () => {
    expect(await open().set(NAME, KEY)).toEqual({ persisted: true })
    expect(await open().get(NAME)).toBe(KEY)
    const text = await readFile(path, 'utf8')
    expect([text.includes('canary'), (await stat(path)).mode & 0o777]).toEqual([false, 0o600])
    expect(JSON.parse(text)).toMatchObject({ backend: 'gnome_libsecret' })
  })

  it.each(['basic_text', 'unknown'] as const)(
    'are kept for the session only where Linux offers %s',
    async (backend) => {
      fake.desktop.storageBackend = backend
      const secrets = open()
      expect(await secrets.set(NAME, KEY)).toEqual({ persisted: false })
      expect(await secrets.get(NAME)).toBe(KEY)
      expect(await open().get(NAME)).toBeNull()
      await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
    },
  )

  it('are kept for the session only where there is no encryption at all', async () => {
    fake.desktop.hasEncryption = false
    expect(await open('win32').set(NAME, KEY)).toEqual({ persisted: false })
  })

  it('do not ask for the name of a backend where there is none', async () => {
    expect(await open('darwin').set(NAME, KEY)).toEqual({ persisted: true })
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ backend: 'darwin' })
  })

  it('read as absent, and stay, while the keychain is another one', async () => {
    await open().set(NAME, KEY)
    fake.desktop.storageKey = 'another'
    expect(await open().get(NAME)).toBeNull()
    expect(logged).toEqual(['secrets.unreadable'])
    fake.desktop.storageKey = 'a'
    expect(await open().get(NAME)).toBe(KEY)
  })

  it('are encrypted anew when the system changed its key', async () => {
    await open().set(NAME, KEY)
    const before = await readFile(path, 'utf8')
    fake.desktop.shouldReEncrypt = true
    fake.desktop.storageKey = 'a'
    expect(await open().get(NAME)).toBe(KEY)
    await writeFile(path, before)
    expect(await open().get(NAME)).toBe(KEY)
  })

  it('can be replaced and forgotten, each without touching the others', async () => {
    const secrets = open()
    await Promise.all([secrets.set('a', '1'), secrets.set('b', '2'), secrets.set('a', '3')])
    expect([await secrets.get('a'), await secrets.get('b')]).toEqual(['3', '2'])
    expect(await secrets.set('a', null)).toEqual({ persisted: true })
    expect([await open().get('a'), await open().get('b')]).toEqual([null, '2'])
  })

  it('have no name that reaches into objects', async () => {
    await open().set('b', '2')
    for (const name of ['__proto__', 'constructor', 'toString']) expect(await open().get(name)).toBeNull()
    await open().set('__proto__', 'x')
    expect([await open().get('b'), ({} as Record<string, unknown>)['x']]).toEqual(['2', undefined])
  })
})
