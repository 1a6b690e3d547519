import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { fake } from './fakeElectron.ts'

const root = resolve(import.meta.dirname, '../..')
const out = join(root, 'out')
const mainScript = join(out, 'main/index.js')
const isBuilt = existsSync(mainScript) && existsSync(join(out, 'renderer/index.html'))

if (!isBuilt) process.stderr.write('bundle smokes are skipped: nothing is built (npm run build)\n')

describe.skipIf(!isBuilt)('built app', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-bundle-'))
  })
  afterAll(async () => {
    fake.reset()
    await rm(dir, { recursive: true, force: true })
  })

  it('opens, makes a video through its built studio, gateway and worker, plays it, and quits', async () => {
    const script = fileURLToPath(new URL('./bundleRun.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [script, mainScript, '--data', join(dir, 'data')], {
      env: { PATH: process.env['PATH'], HOME: dir, XDG_VIDEOS_DIR: join(dir, 'videos') },
      timeout: 150_000,
    })
    const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      readonly page: { readonly files: unknown[] }
    }
    expect(report).toEqual({
      page: { status: 200, hasNonce: true, inlineScripts: 0, files: report.page.files },
      sandboxed: true,
      video: { phase: 'done', error: null, part: [206, 'ftyp'] },
      exitCode: 0,
      children: [0, 0, 0],
    })
    expect(report.page.files).toContainEqual(['js', 200])
    expect(report.page.files.filter((file) => !JSON.stringify(file).endsWith('200]'))).toEqual([])
  }, 180_000)

  it('has a preload that needs nothing but electron, and exposes the bridge', () => {
    fake.reset()
    const code = readFileSync(join(out, 'preload/index.cjs'), 'utf8')
    const required: string[] = []
    const requireInSandbox = (name: string): unknown => {
      required.push(name)
      if (name !== 'electron') throw new Error(`module not found: ${name}`)
      return { contextBridge, ipcRenderer, webUtils }
    }
    runInNewContext(code, { require: requireInSandbox, module: { exports: {} }, exports: {} })
    expect([[...new Set(required)], [...fake.page.exposed.keys()]]).toEqual([['electron'], ['dhs']])
  })
})
