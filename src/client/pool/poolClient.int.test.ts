import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createGateway } from '../../gateway/index.ts'
import type { Gateway } from '../../gateway/index.ts'
import { createLogger, systemClock } from '../../shared/node/index.ts'
import { createPoolClient } from './index.ts'
import type { PoolClient, PoolFileRef, PoolRetry } from './index.ts'

const key = (prefix: string): string => `${prefix}_${randomBytes(24).toString('hex')}`

describe('pool client against a real gateway', () => {
  const licenseKey = key('lk')
  let root = ''
  let gateway: Gateway
  let url = ''
  let port = 0
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'dhs-pool-'))
    gateway = createGateway({
      dataDir: join(root, 'gateway'),
      host: '127.0.0.1',
      port: 0,
      credentials: { licenseKey, workerSecret: key('ws'), adminToken: key('at') },
      version: '0.0.0-test',
      log: createLogger({ name: 'gateway', destination: 'stderr', level: 'silent' }),
      poolSettings: { lowDiskBytes: 0 },
    })
    ;({ url, port } = await gateway.start())
  })
  afterAll(async () => {
    await gateway.stop()
    rmSync(root, { recursive: true, force: true })
  })

  let clients: PoolClient[] = []
  let servers: Server[] = []
  beforeEach(() => {
    clients = []
    servers = []
  })
  afterEach(() => {
    for (const client of clients) client.close()
    for (const server of servers) server.close()
  })

  function open(baseUrl = url, bearer = licenseKey): PoolClient {
    // The gateway answers under its own name only, also behind the proxy below.
    const headers = () => ({ authorization: `Bearer ${bearer}`, host: new URL(url).host })
    const client = createPoolClient({ baseUrl, headers, clock: systemClock, giveUpAfterMs: 20_000 })
    clients.push(client)
    return client
  }

  function makeFile(sizeBytes: number): { readonly path: string; readonly file: PoolFileRef; readonly bytes: Buffer } {
    const bytes = randomBytes(sizeBytes)
    const path = join(root, `${randomBytes(6).toString('hex')}.bin`)
    writeFileSync(path, bytes)
    const hash = (name: string): string => createHash(name).update(bytes).digest('hex')
    return { path, bytes, file: { md5: hash('md5'), sha256: hash('sha256'), ext: '.wav', sizeBytes, name: '声音.wav' } }
  }

  /** A way to the gateway that breaks once, after so many bytes of the client. */
  async function breakingProxy(afterBytes: number): Promise<string> {
    let isBroken = false
    const server = createServer((socket) => {
      const upstream = connect(port, '127.0.0.1')
      let seen = 0
      socket.on('data', (chunk: Buffer) => {
        seen += chunk.byteLength
        upstream.write(chunk)
        if (isBroken || seen < afterBytes) return
        isBroken = true
        socket.destroy()
        upstream.destroy()
      })
      upstream.pipe(socket)
      socket.on('error', () => upstream.destroy())
      upstream.on('error', () => socket.destroy())
      socket.on('close', () => upstream.end())
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('brings a file in, finds it there, and fetches the same bytes', async () => {
    const { path, file, bytes } = makeFile(3_000_000)
    const client = open()
    expect(await client.has([file])).toEqual(new Set())
    const seen: number[] = []
    const result = await client.upload(path, file, { onProgress: ({ sentBytes }) => seen.push(sentBytes) })
    expect(result).toEqual({ resumedFromBytes: 0, isSent: true })
    expect(seen.at(-1)).toBe(file.sizeBytes)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(await client.has([file, { ...file, sizeBytes: 1, md5: 'f'.repeat(32) }])).toEqual(new Set([file.md5]))
    const destTmpPath = `${path}.part`
    await client.download({ source: file, destTmpPath, expected: file })
    expect(readFileSync(destTmpPath).equals(bytes)).toBe(true)
  })

  it('stores what was sent, also when blocks are reused many times over', async () => {
    const { path, file } = makeFile(150_000_000)
    const client = open()
    await client.upload(path, file)
    const stored = readdirSync(join(root, 'gateway', 'pool'), { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith(file.sha256),
    )
    const onDisk = readFileSync(join(root, 'gateway', 'pool', stored ?? 'nowhere'))
    expect(createHash('sha256').update(onDisk).digest('hex')).toBe(file.sha256)
    const destTmpPath = `${path}.part`
    await client.download({ source: file, destTmpPath, expected: file })
    expect(createHash('sha256').update(readFileSync(destTmpPath)).digest('hex')).toBe(file.sha256)
  })

  it.each(['http://127.0.0.2:9/elsewhere', '//127.0.0.2:9/elsewhere'])(
    'sends its key to its own gateway only, though the stored upload is at %s',
    async (resumeUrl) => {
      const { path, file } = makeFile(1_000)
      const result = await open().upload(path, file, { resumeUrl })
      expect(result).toEqual({ resumedFromBytes: 0, isSent: true })
    },
  )

  it('goes on in a new process where the old one stopped', async () => {
    const { path, file } = makeFile(2_000_000)
    const urls: (string | null)[] = []
    const controller = new AbortController()
    const reason = new Error('the app was closed')
    const stopped = open().upload(path, file, {
      onUploadUrl: (uploadUrl) => urls.push(uploadUrl),
      limitBytesPerSecond: 4_000_000,
      signal: controller.signal,
      onProgress: ({ sentBytes }) => {
        if (sentBytes > 1_200_000) controller.abort(reason)
      },
    })
    await expect(stopped).rejects.toBe(reason)
    const resumeUrl = urls.at(-1) ?? ''
    const result = await open().upload(path, file, { resumeUrl })
    expect(result.resumedFromBytes).toBeGreaterThan(0)
    expect(await open().has([file])).toEqual(new Set([file.md5]))
  })

  it('goes on by itself after the connection broke, up and down', async () => {
    const { path, file, bytes } = makeFile(8_000_000)
    const retries: PoolRetry[] = []
    const client = open(await breakingProxy(3_000_000))
    await client.upload(path, file, { onRetry: (retry) => retries.push(retry) })
    expect(retries.length).toBeGreaterThan(0)
    expect(await open().has([file])).toEqual(new Set([file.md5]))
    const destTmpPath = `${path}.part`
    await open(await breakingProxy(1)).download({ source: file, destTmpPath, expected: file })
    expect(readFileSync(destTmpPath).equals(bytes)).toBe(true)
  })

  it('begins anew when the gateway has lost the upload', async () => {
    const { path, file } = makeFile(100_000)
    const urls: (string | null)[] = []
    const resumeUrl = `${url}/api/heygem/pool/uploads/${'0'.repeat(32)}`
    await open().upload(path, file, { resumeUrl, onUploadUrl: (uploadUrl) => urls.push(uploadUrl) })
    expect(urls[0]).toBeNull()
    expect(await open().has([file])).toEqual(new Set([file.md5]))
  })

  it('says when the bytes are not what was announced, and leaves nothing visible', async () => {
    const { path, file } = makeFile(100_000)
    const wrong = { ...file, md5: '0'.repeat(32) }
    await expect(open().upload(path, wrong)).rejects.toMatchObject({ code: 'HASH_MISMATCH' })
    expect(await open().has([wrong])).toEqual(new Set())
  })

  it('says when the file changed after it was hashed', async () => {
    const { path, file } = makeFile(100_000)
    appendFileSync(path, 'more')
    await expect(open().upload(path, file)).rejects.toMatchObject({ code: 'INPUT_CHANGED' })
  })

  it('says when the key is wrong, and does not try again', async () => {
    const { path, file } = makeFile(1_000)
    const retries: PoolRetry[] = []
    const client = open(url, key('lk'))
    const upload = client.upload(path, file, { onRetry: (retry) => retries.push(retry) })
    await expect(upload).rejects.toMatchObject({ code: 'AUTH_INVALID' })
    expect(retries).toEqual([])
  })

  it('goes on with a part that is right, and fetches anew over one that is wrong', async () => {
    const { path, file, bytes } = makeFile(1_000_000)
    await open().upload(path, file)
    const destTmpPath = `${path}.part`
    writeFileSync(destTmpPath, bytes.subarray(0, 400_000))
    const seen: number[] = []
    await open().download({ source: file, destTmpPath, expected: file, onProgress: (got) => seen.push(got) })
    expect(seen[0]).toBeGreaterThan(400_000)
    expect(readFileSync(destTmpPath).equals(bytes)).toBe(true)
    writeFileSync(destTmpPath, randomBytes(400_000))
    await open().download({ source: file, destTmpPath, expected: file })
    expect(readFileSync(destTmpPath).equals(bytes)).toBe(true)
  })

  it('does not take another file for the one that was announced', async () => {
    const { path, file } = makeFile(1_000)
    await open().upload(path, file)
    const expected = { ...file, sha256: '0'.repeat(64) }
    const download = open().download({ source: file, destTmpPath: `${path}.part`, expected })
    await expect(download).rejects.toMatchObject({ code: 'DOWNLOAD_MISMATCH' })
    const missing = open().download({
      source: { md5: 'e'.repeat(32), ext: '.wav' },
      destTmpPath: `${path}.x`,
      expected,
    })
    await expect(missing).rejects.toMatchObject({ code: 'POOL_FILE_NOT_FOUND' })
  })

  it('keeps to the limit, evenly', async () => {
    const { path, file } = makeFile(600_000)
    const steps: number[] = []
    const began = performance.now()
    await open().upload(path, file, {
      limitBytesPerSecond: 400_000,
      onProgress: ({ sentBytes }) => steps.push(sentBytes),
    })
    expect(performance.now() - began).toBeGreaterThan(1_200)
    expect(steps.length).toBeGreaterThan(10)
    expect(statSync(path).size).toBe(file.sizeBytes)
  })

  it('gives up after the time it was given when nobody answers', async () => {
    const client = createPoolClient({
      baseUrl: 'http://127.0.0.1:9',
      headers: () => ({}),
      clock: systemClock,
      giveUpAfterMs: 100,
    })
    clients.push(client)
    const { path, file } = makeFile(10)
    await expect(client.upload(path, file)).rejects.toMatchObject({ code: 'GATEWAY_UNREACHABLE' })
  })
})
