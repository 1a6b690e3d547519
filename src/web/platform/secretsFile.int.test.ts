import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createSecretsFile } from './secretsFile.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-secrets-'))
  path = join(dir, 'secrets.json')
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

it('keeps secrets for the next start, for the owner alone, and says what the file is', async () => {
  await createSecretsFile(path).set('licence', 'lk_1')
  expect(await createSecretsFile(path).get('licence')).toBe('lk_1')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path, 'utf8')).toContain('no keychain')
})

it('loses none of several written at once', async () => {
  const secrets = createSecretsFile(path)
  const names = Array.from({ length: 20 }, (_, index) => `name-${String(index)}`)
  await Promise.all(names.map((name) => secrets.set(name, `value of ${name}`)))
  expect(await Promise.all(names.map((name) => secrets.get(name)))).toEqual(names.map((name) => `value of ${name}`))
  expect(readdirSync(dir)).toEqual(['secrets.json'])
})

it('forgets what is removed, and knows no names of the language', async () => {
  const secrets = createSecretsFile(path)
  await secrets.set('licence', 'lk_1')
  await secrets.set('licence', null)
  expect(await Promise.all(['licence', '__proto__', 'constructor'].map((name) => secrets.get(name)))).toEqual([
    null,
    null,
    null,
  ])
})

it('starts again from a damaged file', async () => {
  writeFileSync(path, '{"secrets":')
  const secrets = createSecretsFile(path)
  expect(await secrets.get('licence')).toBeNull()
  await secrets.set('licence', 'lk_2')
  expect(await secrets.get('licence')).toBe('lk_2')
})
