import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { extractTo, readAsar } from './asarFile.ts'
import type { AsarEntry } from './asarFile.ts'
import { DESKTOP_ENTRIES } from './linuxTargets.ts'
import { fusesOf, writeStubElectron } from './stubElectron.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const isBuilt = existsSync(join(root, 'out/main/index.js')) && existsSync(join(root, 'out/renderer/index.html'))
const ARCHIVE_LIMIT_BYTES = 12 * 1024 * 1024
/** The packages that the bundles leave outside; everything else that is shipped must be needed by one of them. */
const NOT_BUNDLED = ['@fastify/swagger-ui', 'ffmpeg-static']
const packageSchema = z.object({ main: z.string(), dependencies: z.record(z.string(), z.string()).default({}) })

let dir: string
let app: string
let entries: readonly AsarEntry[]

const paths = (): string[] => entries.map(({ path }) => path)

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return files.map((file) => relative(folder, file).split(sep).join('/')).sort()
}

function packageOf(path: string): unknown {
  const content = entries.find((entry) => entry.path === path)?.content
  return content === undefined ? undefined : JSON.parse(content.toString('utf8'))
}

/** Top-level packages of the archive. */
function shippedPackages(): string[] {
  const names = paths().map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

/** Names that the packages left outside lead to, by what the shipped package files say. */
function neededPackages(): Set<string> {
  const needed = new Set<string>()
  const waiting = [...NOT_BUNDLED]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (needed.has(name)) continue
    needed.add(name)
    const read = packageSchema.omit({ main: true }).safeParse(packageOf(`node_modules/${name}/package.json`))
    if (read.success) waiting.push(...Object.keys(read.data.dependencies))
  }
  return needed
}

async function pack(): Promise<void> {
  const electronDist = join(dir, 'electron')
  await writeStubElectron(electronDist)
  const builder = join(root, 'node_modules/electron-builder/cli.js')
  const options = [
    `-c.electronDist=${electronDist}`,
    `-c.directories.output=${join(dir, 'dist')}`,
    `-c.afterPack=${fileURLToPath(new URL('./linuxTargets.ts', import.meta.url))}`,
  ]
  await run(process.execPath, [builder, '--linux', '--x64', '--dir', '--publish', 'never', ...options], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: dir, ELECTRON_BUILDER_OFFLINE: 'true' },
    timeout: 100_000,
  })
  app = join(dir, 'dist/linux-unpacked')
  entries = await readAsar(join(app, 'resources/app.asar'))
}

if (!isBuilt) process.stderr.write('packaging checks are skipped: nothing is built (npm run build)\n')

// electron-builder with our configuration and a stand-in for Electron's folder: no download, no installer.
describe.skipIf(!isBuilt)('packaged app', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-pack-'))
    await pack()
  }, 120_000)
  afterAll(async () => {
    await rm(dir, { recursive: true, force: true })
  })

  it('holds the whole build but source maps, and starts inside the archive', async () => {
    const built = (await filesIn(join(root, 'out'))).filter((path) => !path.endsWith('.map') && path !== '.inputs')
    const packed = paths().filter((path) => path.startsWith('out/'))
    expect(packed.sort()).toEqual(built.map((path) => `out/${path}`))
    expect(packed).toEqual(
      expect.arrayContaining([
        ...['index', 'studio', 'gateway', 'worker'].map((name) => `out/main/${name}.js`),
        'out/preload/index.cjs',
        'out/renderer/index.html',
      ]),
    )
    expect(packed.some((path) => /^out\/main\/chunks\/\w*Thread-[\w-]+\.js$/.test(path))).toBe(true)
    expect(packed).toContain(packageSchema.parse(packageOf('package.json')).main)
  })

  it('holds no sources, tests, documents, settings of tools, or secrets', () => {
    expect([...new Set(paths().map((path) => path.split('/')[0]))].sort()).toEqual([
      'node_modules',
      'out',
      'package.json',
    ])
    const unwanted =
      /\.(?:[cm]?tsx?|map|md|pem|key|p12|pfx|log|sqlite|db)$|(?:^|\/)(?:\.[^/]+|credentials[^/]*|tests?|__tests__|examples?|docs)(?:\/|$)|\.(?:test|spec)\./i
    expect(paths().filter((path) => unwanted.test(path) && !/\/licen[cs]e\.md$/i.test(path))).toEqual([])
    const telling = [root, '-----BEGIN PRIVATE KEY-----', '-----BEGIN RSA PRIVATE KEY-----']
    expect(
      entries.filter(({ content }) => telling.some((text) => content?.includes(text))).map(({ path }) => path),
    ).toEqual([])
  })

  it('ships only packages that the bundles leave outside, and what those need', () => {
    const shipped = shippedPackages()
    expect(shipped).toContain('@fastify/swagger-ui')
    expect(shipped.filter((name) => !neededPackages().has(name))).toEqual([])
    expect(paths()).toContain('node_modules/@fastify/swagger-ui/static/swagger-ui-bundle.js')
    expect(shipped.includes('ffmpeg-static')).toBe(existsSync(join(root, 'node_modules/ffmpeg-static')))
  })

  it('stays small, and everything but FFmpeg is inside with a digest that is true', async () => {
    const inside = entries.filter(({ content }) => content !== undefined)
    const outside = paths().filter((path) => !inside.some((entry) => entry.path === path))
    expect(outside.filter((path) => !path.startsWith('node_modules/ffmpeg-static/'))).toEqual([])
    const wrong = inside.filter(
      ({ content = '', sha256 }) => createHash('sha256').update(content).digest('hex') !== sha256,
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
    expect(inside.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThan(ARCHIVE_LIMIT_BYTES)
    expect(await filesIn(join(app, 'locales'))).toEqual(['en-US.pak', 'zh-CN.pak'])
  })

  it('keeps icons and sample media beside the archive, where the app looks for them', async () => {
    const shipped = await filesIn(join(app, 'resources/resources'))
    const ours = await filesIn(join(root, 'resources'))
    expect(shipped).toEqual(ours.filter((path) => !path.startsWith('server/')))
    expect(shipped).toEqual(expect.arrayContaining(['icon.png', 'samples/presenter.mp4', 'samples/welcome.wav']))
  })

  it('sets every fuse of the executable', async () => {
    expect(fusesOf(await readFile(join(app, 'digital-human-studio')))).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    })
  })

  it('hands links of ours to the app after the separator, in both installers of Linux', async () => {
    const read: unknown = JSON.parse(await readFile(join(dir, 'dist', DESKTOP_ENTRIES), 'utf8'))
    const entries = z.record(z.string(), z.string()).parse(read)
    expect(Object.keys(entries).sort()).toEqual(['appImage', 'deb'])
    for (const entry of Object.values(entries)) {
      expect(entry).toMatch(/^Exec=.+ -- %U$/m)
      expect(entry).not.toContain('--no-sandbox')
      expect(entry).toMatch(/^MimeType=x-scheme-handler\/dhstudio;$/m)
      expect(entry).toMatch(/^StartupWMClass=digital-human-studio$/m)
      expect(entry).toMatch(/^Name\[zh_CN\]=数字人工作室$/m)
    }
  })

  it('makes a video with nothing but what is packed', async () => {
    const alone = join(dir, 'alone')
    await extractTo(alone, entries)
    await cp(join(app, 'resources/resources'), join(alone, 'resources'), { recursive: true })
    const script = join(root, 'test/electron/bundleRun.ts')
    const args = [script, join(alone, 'out/main/index.js'), '--data', join(dir, 'data')]
    const { stdout } = await run(process.execPath, args, {
      env: { PATH: process.env['PATH'], HOME: dir, XDG_VIDEOS_DIR: join(dir, 'videos') },
      timeout: 150_000,
    })
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      video: { phase: 'done', error: null },
      exitCode: 0,
      children: [0, 0, 0],
    })
  }, 180_000)
})
