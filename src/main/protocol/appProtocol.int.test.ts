import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../shared/index.ts'
import { fake } from '../../../test/electron/fakeElectron.ts'
import { registerAppScheme, serveApp } from './index.ts'

let dir: string
const logged: unknown[] = []

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dhs-app-'))
  const rendererDir = join(dir, 'renderer')
  await mkdir(join(rendererDir, 'assets'), { recursive: true })
  await writeFile(join(rendererDir, 'index.html'), '<!doctype html><html><head><title>x</title></head></html>')
  await writeFile(join(rendererDir, 'assets', 'index-a1b2c3d4.js'), 'export const answer = 42')
  await writeFile(join(rendererDir, 'manifest.txt'), 'not for the page')
  await writeFile(join(dir, 'secret.js'), 'outside')
  await mkdir(join(dir, 'renderer-evil'))
  await writeFile(join(dir, 'renderer-evil', 'x.js'), 'outside')
  await writeFile(join(dir, 'clip.mp4'), Buffer.from(Array.from({ length: 100 }, (_, index) => index)))
  await symlink(join(dir, 'gone'), join(dir, 'dangling'))
  fake.reset()
  registerAppScheme()
  fake.becomeReady()
  serveApp({
    rendererDir,
    resolveMedia: async (handle) => {
      if (handle === 'h_down') throw new AppError('PROCESS_CRASHED')
      if (handle === 'h_bug') throw new Error('a bug')
      const names: Record<string, string> = { h_clip: 'clip.mp4', h_gone: 'gone', h_folder: 'renderer' }
      const name = names[handle]
      return name === undefined
        ? null
        : { path: join(dir, name), contentType: 'video/mp4', fileName: '我的 “片段”.mp4' }
    },
    log: (event, fields) => void logged.push([event, fields]),
  })
})

afterAll(async () => {
  fake.reset()
  await rm(dir, { recursive: true, force: true })
})

const statusOf = async (url: string, init?: RequestInit) => (await fake.fetch(url, init)).status

describe('app protocol', () => {
  it('registers one scheme with exactly what the page needs, before ready', () => {
    expect(fake.schemes()).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
    ])
    expect(() => {
      registerAppScheme()
    }).toThrow('before the app is ready')
  })

  it('serves the page with a nonce of its own per response, in header and meta alike', async () => {
    const seen = new Set<string>()
    for (const url of ['app://studio/', 'app://studio/index.html']) {
      const response = await fake.fetch(url)
      const policy = response.headers.get('content-security-policy') ?? ''
      const nonce = /'nonce-([\w-]+)'/.exec(policy)?.[1] ?? ''
      expect(await response.text()).toContain(`<head><meta name="csp-nonce" content="${nonce}">`)
      expect(policy).toContain("script-src 'self';")
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      seen.add(nonce)
    }
    expect(seen.size).toBe(2)
  })

  it('serves assets by type, hashed ones for ever, unknown ones never', async () => {
    const response = await fake.fetch('app://studio/assets/index-a1b2c3d4.js')
    expect({
      text: await response.text(),
      type: response.headers.get('content-type'),
      cache: response.headers.get('cache-control'),
    }).toEqual({
      text: 'export const answer = 42',
      type: 'text/javascript; charset=utf-8',
      cache: 'public, max-age=31536000, immutable',
    })
    expect(await statusOf('app://studio/manifest.txt')).toBe(404)
    expect(await statusOf('app://studio/assets/missing.js')).toBe(404)
    expect(await statusOf('app://studio/assets')).toBe(404)
  })

  it.each([
    ['app://studio/../secret.js', 404],
    ['app://studio/%2e%2e/secret.js', 404],
    ['app://studio/..%2fsecret.js', 400],
    ['app://studio/..%5c..%5csecret.js', 400],
    ['app://studio//etc/passwd.js', 400],
    ['app://studio/../renderer-evil/x.js', 404],
    ['app://evil/', 400],
    ['app://studio/media/../../secret.js', 404],
    ['app://studio/media/other/h_clip', 404],
  ])('B091/B092 %s answers %i', async (url, status) => {
    expect(await statusOf(url)).toBe(status)
  })

  it('answers GET and HEAD only', async () => {
    expect(await statusOf('app://studio/', { method: 'POST', body: 'x' })).toBe(405)
    expect(await statusOf('app://studio/media/h_clip', { method: 'DELETE' })).toBe(405)
    expect(await statusOf('app://studio/media/h_clip', { method: 'HEAD' })).toBe(200)
  })

  it('plays and seeks media by handle, with Range', async () => {
    const whole = await fake.fetch('app://studio/media/h_clip')
    expect([whole.status, whole.headers.get('accept-ranges'), (await whole.bytes()).length]).toEqual([
      200,
      'bytes',
      100,
    ])
    const part = await fake.fetch('app://studio/media/h_clip', { headers: { range: 'bytes=10-12' } })
    expect([part.status, part.headers.get('content-range'), [...(await part.bytes())]]).toEqual([
      206,
      'bytes 10-12/100',
      [10, 11, 12],
    ])
    expect(await statusOf('app://studio/media/h_clip', { headers: { range: 'bytes=100-' } })).toBe(416)
  })

  it('offers a download under its own name', async () => {
    const response = await fake.fetch('app://studio/media/h_clip?download=1')
    expect(response.headers.get('content-disposition')).toContain("filename*=UTF-8''%E6%88%91%E7%9A%84")
  })

  it('says 404 for what is unknown or gone, 503 while the studio is away, and logs a bug as 500', async () => {
    expect(await statusOf('app://studio/media/h_unknown')).toBe(404)
    expect(await statusOf('app://studio/media/h_gone')).toBe(404)
    expect(await statusOf('app://studio/media/h_folder')).toBe(404)
    expect(await statusOf('app://studio/media/h_down')).toBe(503)
    expect(logged).toEqual([])
    expect(await statusOf('app://studio/media/h_bug')).toBe(500)
    expect(logged).toHaveLength(1)
  })
})
