import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { stat, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Upload as ServerUpload } from '@tus/server'
import { Upload } from 'tus-js-client'
import { errorEntry } from '../../../protocol/errors/index.ts'
import { AppError, isAppError } from '../../../shared/index.ts'
import type { PoolLimits, PoolSettings } from '../poolSettings.ts'
import { digestsOf, filesOf, makeDataDir, openPool, removeDataDir } from '../testing/openPool.ts'
import type { OpenPool } from '../testing/openPool.ts'
import { createTusHandler } from './tusHandler.ts'
import { UploadStore } from './uploadStore.ts'

const CONTENT = Buffer.from('some bytes of a video '.repeat(200_000))
const SIZE = CONTENT.byteLength
const HALF = SIZE / 2
const { md5, sha256 } = digestsOf(CONTENT)
const METADATA = { md5, sha256, ext: '.mp4', name: '我的 video.mp4' }
const MAX_BYTES = 10 * SIZE

interface Door {
  readonly url: string
  readonly opened: OpenPool
  stop(): Promise<void>
}

let dataDir = ''
let door: Door

beforeEach(async () => {
  dataDir = await makeDataDir()
  door = await openDoor()
})

afterEach(async () => {
  await door.stop()
  await removeDataDir(dataDir)
})

/** A door like the gateway's: tenant from the credential, errors by the catalogue. */
async function openDoor(settings: Partial<PoolSettings> = {}, limits: Partial<PoolLimits> = {}): Promise<Door> {
  const opened = await openPool(dataDir, settings, limits)
  const uploads = new UploadStore(opened)
  const handle = createTusHandler({
    uploads,
    basePath: '/uploads',
    authorize: (req) => ({ tenant: String(req.headers['x-tenant'] ?? 't-alpha'), maxBytes: MAX_BYTES }),
  })
  const server = createServer((req, res) => {
    handle(req, res).catch((error: unknown) => {
      const { code } = AppError.from(error)
      if (!isAppError(error) || res.headersSent) return void res.destroy()
      res.writeHead(errorEntry(code).status, { 'content-type': 'application/json' }).end(JSON.stringify({ code }))
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = async (): Promise<void> => {
    await closeServer(server)
    await opened.close()
  }
  return { url: `http://127.0.0.1:${String(port)}/uploads`, opened, stop }
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** One PATCH of the whole content, of which half is sent. */
function sendHalf(path: string): Socket {
  const { hostname, port } = new URL(door.url)
  const socket = connect(Number(port), hostname)
  const head = `PATCH ${path} HTTP/1.1\r\nHost: ${hostname}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n`
  socket.write(`${head}Content-Type: application/offset+octet-stream\r\nContent-Length: ${String(SIZE)}\r\n\r\n`)
  socket.write(CONTENT.subarray(0, HALF))
  return socket
}

/** Resolves when some of it is on the disk. */
async function someBytesOf(path: string): Promise<void> {
  const file = door.opened.pool.folders.upload(path.split('/').at(-1) ?? '')
  await vi.waitFor(async () => {
    expect((await stat(file)).size).toBeGreaterThan(0)
  })
}

async function restart(settings: Partial<PoolSettings> = {}, limits: Partial<PoolLimits> = {}): Promise<void> {
  await door.stop()
  door = await openDoor(settings, limits)
}

type Headers = Readonly<Record<string, string>>

async function send(method: string, path: string, headers: Headers = {}, body?: Buffer) {
  const url = new URL(path, door.url)
  const init = { method, headers: { 'tus-resumable': '1.0.0', ...headers }, ...(body === undefined ? {} : { body }) }
  const response = await fetch(url, init)
  const text = await response.text()
  const code = text.startsWith('{') ? (JSON.parse(text) as { code: string }).code : undefined
  return { status: response.status, code, headers: response.headers }
}

function encode(metadata: Headers): string {
  const pairs = Object.entries(metadata).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
  return pairs.join(',')
}

async function create(metadata: Headers = METADATA, size = SIZE, headers: Headers = {}): Promise<string> {
  const answer = await announce(metadata, size, headers)
  expect(answer.status).toBe(201)
  return answer.headers.get('location') ?? ''
}

function announce(metadata: Headers, size: number, headers: Headers = {}) {
  const announced = { 'upload-length': String(size), 'upload-metadata': encode(metadata) }
  return send('POST', door.url, { ...announced, ...headers })
}

function patch(path: string, offset: number, body: Buffer, headers: Headers = {}) {
  const told = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) }
  return send('PATCH', path, { ...told, ...headers }, body)
}

async function offsetOf(path: string): Promise<number | undefined> {
  const { status, headers } = await send('HEAD', path)
  return status === 200 ? Number(headers.get('upload-offset')) : undefined
}

function stored() {
  return door.opened.pool.find('t-alpha', md5)
}

describe('tus uploads', () => {
  it('take a file from the usual client', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const upload = new Upload(CONTENT, {
      endpoint: door.url,
      metadata: METADATA,
      chunkSize: 1_000_000,
      retryDelays: null,
      onSuccess: () => {
        resolve(undefined)
      },
      onError: reject,
    })
    upload.start()
    await promise
    expect(await stored()).toEqual({ md5, sha256, ext: '.mp4', size: SIZE })
    expect(await offsetOf(upload.url ?? '')).toBe(SIZE)
  })

  it('go on after a restart of the gateway, and are verified as a whole', async () => {
    const path = await create()
    expect((await patch(path, 0, CONTENT.subarray(0, HALF))).headers.get('upload-offset')).toBe(String(HALF))
    await restart()
    expect(await offsetOf(path)).toBe(HALF)
    expect(await stored()).toBeUndefined()
    expect((await patch(path, HALF, CONTENT.subarray(HALF))).status).toBe(204)
    expect(await stored()).toMatchObject({ sha256, size: SIZE })
    expect(await filesOf(door.opened.root)).toEqual([`t-alpha/${sha256}`])
  })

  it('keep what arrived before the connection broke', async () => {
    const path = await create()
    const socket = sendHalf(path)
    // Not `once` of events: that rejects when the gateway's end comes as a reset.
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => undefined)
    await someBytesOf(path)
    // Asking for the offset is what a client does that lost its connection: the old request is stopped.
    const offset = await offsetOf(path)
    await closed
    expect(offset).toBeGreaterThan(0)
    expect((await patch(path, offset ?? 0, CONTENT.subarray(offset))).status).toBe(204)
    expect(await stored()).toMatchObject({ sha256 })
  })

  it.each([
    ['MD5', { md5: '0'.repeat(32) }],
    ['SHA-256', { sha256: '0'.repeat(64) }],
  ])('end when the %s is another: nothing is visible, the upload is gone', async (_, wrong) => {
    const path = await create({ ...METADATA, ...wrong })
    expect(await patch(path, 0, CONTENT)).toMatchObject({ status: 422, code: 'HASH_MISMATCH' })
    expect(await send('HEAD', path)).toMatchObject({ status: 404 })
    expect(await patch(path, 0, CONTENT)).toMatchObject({ status: 404, code: 'UPLOAD_NOT_FOUND' })
    expect(await filesOf(door.opened.root)).toEqual([])
  })

  it('are complete at once when the pool has the content', async () => {
    await patch(await create(), 0, CONTENT)
    const again = await create()
    expect(await offsetOf(again)).toBe(SIZE)
    expect((await patch(again, 0, CONTENT)).headers.get('upload-offset')).toBe(String(SIZE))
    const empty = digestsOf(Buffer.alloc(0))
    const path = await create({ ...METADATA, ...empty }, 0)
    expect(await offsetOf(path)).toBe(0)
    expect(await door.opened.pool.find('t-alpha', empty.md5)).toMatchObject({ size: 0 })
  })

  it('never look complete before the file is visible', async () => {
    const path = await create()
    const seen: boolean[] = []
    const watch = async (): Promise<void> => {
      const offset = await offsetOf(path)
      if (offset === SIZE) seen.push((await stored()) !== undefined)
    }
    await Promise.all([patch(path, 0, CONTENT).catch(() => undefined), watch(), watch()])
    const offset = (await offsetOf(path)) ?? 0
    if (offset < SIZE) await patch(path, offset, CONTENT.subarray(offset))
    await watch()
    expect(new Set(seen)).toEqual(new Set([true]))
  })

  it('publish what a crash left complete but unpublished', async () => {
    const path = await create()
    const id = path.split('/').at(-1) ?? ''
    await writeFile(door.opened.pool.folders.upload(id), CONTENT)
    await restart()
    expect(await offsetOf(path)).toBe(SIZE)
    expect(await stored()).toMatchObject({ sha256 })
  })

  it('take two requests for one upload without mixing their bytes', async () => {
    const path = await create()
    const both = await Promise.allSettled([patch(path, 0, CONTENT), patch(path, 0, CONTENT)])
    const statuses = both.map((answer) => (answer.status === 'fulfilled' ? answer.value.status : 'stopped'))
    for (const status of statuses) expect([204, 409, 'stopped']).toContain(status)
    const offset = (await offsetOf(path)) ?? 0
    if (offset < SIZE) await patch(path, offset, CONTENT.subarray(offset))
    expect(await stored()).toMatchObject({ sha256 })
  })

  it('stop at the low-disk mark, keep what they have, and go on when there is room', async () => {
    const path = await create()
    await patch(path, 0, CONTENT.subarray(0, HALF))
    await restart({ lowDiskBytes: Number.MAX_SAFE_INTEGER })
    expect(await patch(path, HALF, CONTENT.subarray(HALF))).toMatchObject({ status: 507, code: 'DISK_FULL' })
    expect(await announce({ ...METADATA, md5: '0'.repeat(32) }, SIZE)).toMatchObject({ status: 507, code: 'DISK_FULL' })
    const offset = (await offsetOf(path)) ?? 0
    expect(offset).toBeGreaterThanOrEqual(HALF)
    await restart()
    expect((await patch(path, offset, CONTENT.subarray(offset))).status).toBe(204)
    expect(await stored()).toMatchObject({ sha256 })
  })

  it('can be ended by the client, and end by themselves after a day', async () => {
    const ended = await create()
    const resting = await create()
    await patch(ended, 0, CONTENT.subarray(0, HALF))
    await patch(resting, 0, CONTENT.subarray(0, HALF))
    expect((await send('DELETE', ended)).status).toBe(204)
    expect((await send('HEAD', ended)).status).toBe(404)
    door.opened.clock.advance(door.opened.settings.uploadTtlMs)
    expect(await offsetOf(resting)).toBe(HALF)
    door.opened.clock.advance(1)
    expect((await send('HEAD', resting)).status).toBe(404)
    expect(await door.opened.pool.sweep()).toMatchObject({ temporaries: 1 })
    expect(await filesOf(door.opened.root)).toEqual([])
  })

  it('go on after a leap of the clock', async () => {
    const path = await create()
    await patch(path, 0, CONTENT.subarray(0, HALF))
    door.opened.clock.jumpWall(10 * 365 * 24 * 3_600_000)
    expect(await door.opened.pool.sweep()).toMatchObject({ temporaries: 0, areAgesBelieved: false })
    expect(await offsetOf(path)).toBe(HALF)
    expect((await patch(path, HALF, CONTENT.subarray(HALF))).status).toBe(204)
    expect(await stored()).toMatchObject({ sha256 })
  })

  it('that take longer than a day are not ended while bytes come', async () => {
    const path = await create()
    const socket = sendHalf(path)
    await someBytesOf(path)
    door.opened.clock.advance(door.opened.settings.uploadTtlMs + 1)
    expect(await door.opened.pool.sweep()).toMatchObject({ temporaries: 0 })
    const answer = once(socket, 'data')
    socket.write(CONTENT.subarray(HALF))
    expect(String(await answer)).toContain('204 No Content')
    socket.destroy()
    expect(await stored()).toMatchObject({ sha256 })
  })

  it('of content the pool has already leave nothing behind, however many', async () => {
    await patch(await create(), 0, CONTENT)
    const count = () => door.opened.db.get<{ n: number }>('SELECT count(*) AS n FROM upload')?.n
    expect(count()).toBe(1)
    const paths = await Promise.all(Array.from({ length: 20 }, () => create()))
    expect(count()).toBe(1)
    expect(await Promise.all(paths.map(offsetOf))).toEqual(paths.map(() => SIZE))
    expect(await send('HEAD', paths[0] ?? '', { 'x-tenant': 't-beta' })).toMatchObject({ status: 404 })
  })

  it('are so many of one tenant and no more; one that rested gives its place', async () => {
    await restart({}, { uploadsPerTenant: 2 })
    const other = (name: string): Headers => ({ ...METADATA, ...digestsOf(Buffer.from(name)) })
    const [first, second] = [await create(other('one')), await create(other('two'))]
    expect(await announce(other('three'), SIZE, {})).toMatchObject({ status: 429, code: 'UPLOADS_FULL' })
    expect((await announce(other('three'), SIZE, { 'x-tenant': 't-beta' })).status).toBe(201)
    door.opened.clock.advance(door.opened.settings.uploadRestMs - 1)
    await patch(first, 0, CONTENT.subarray(0, HALF))
    door.opened.clock.advance(1)
    const third = await create(other('three'))
    expect(await Promise.all([first, second, third].map(offsetOf))).toEqual([HALF, undefined, 0])
    await send('DELETE', third)
    await create(other('four'))
  })

  it('count against the quota from their announcement on', async () => {
    await restart({}, { quotaBytes: SIZE + HALF })
    const path = await create()
    const announced = await announce({ ...METADATA, md5: '0'.repeat(32) }, SIZE, {})
    expect(announced).toMatchObject({ status: 507, code: 'QUOTA' })
    await patch(path, 0, CONTENT)
    // What is here already takes no more room.
    expect(await offsetOf(await create())).toBe(SIZE)
  })

  it('announced at once count one by one', async () => {
    await restart({}, { quotaBytes: SIZE + HALF, uploadsPerTenant: 3 })
    const uploads = new UploadStore(door.opened)
    const admitAll = async (size: number, names: readonly string[]) => {
      const outcomes = names.map((name) => {
        const announced = { id: digestsOf(Buffer.from(name)).md5, size, offset: 0 }
        const metadata = { ...digestsOf(Buffer.from(name)), ext: '.mp4' }
        const upload = new ServerUpload({ ...announced, metadata })
        return uploads.admit(upload, { tenant: 't-alpha', maxBytes: MAX_BYTES }).then(
          () => 'taken',
          (error: unknown) => AppError.from(error).code,
        )
      })
      return (await Promise.all(outcomes)).toSorted()
    }
    expect(await admitAll(SIZE, ['one', 'two', 'three'])).toEqual(['QUOTA', 'QUOTA', 'taken'])
    expect(await admitAll(1, ['four', 'five', 'six', 'seven'])).toEqual([
      'UPLOADS_FULL',
      'UPLOADS_FULL',
      'taken',
      'taken',
    ])
  })

  it('of another tenant look like none', async () => {
    const path = await create()
    const foreign = { 'x-tenant': 't-beta' }
    const unknown = `/uploads/${'0'.repeat(32)}`
    for (const method of ['HEAD', 'DELETE']) {
      const answers = [await send(method, path, foreign), await send(method, unknown, foreign)]
      expect(answers.map(({ status, code }) => [status, code])).toEqual([
        [404, method === 'HEAD' ? undefined : 'UPLOAD_NOT_FOUND'],
        [404, method === 'HEAD' ? undefined : 'UPLOAD_NOT_FOUND'],
      ])
    }
    expect(await patch(path, 0, CONTENT, foreign)).toMatchObject({ status: 404, code: 'UPLOAD_NOT_FOUND' })
    expect(await offsetOf(path)).toBe(0)
  })

  it.each([
    ['an MD5 in capitals', { md5: md5.toUpperCase() }, SIZE, 400, 'HASH_FORMAT'],
    ['another extension', { ext: '.php' }, SIZE, 400, 'EXT_NOT_ALLOWED'],
    ['a name that is too long', { name: 'x'.repeat(256) }, SIZE, 400, 'SCHEMA'],
    ['more than it may have', {}, MAX_BYTES + 1, 413, 'FILE_TOO_LARGE'],
  ])('are refused with %s', async (_, changes, size, status, code) => {
    expect(await announce({ ...METADATA, ...changes }, size)).toMatchObject({ status, code })
  })

  it('refuse requests that are not tus', async () => {
    const path = await create()
    expect(await patch(path, 7, CONTENT)).toMatchObject({ status: 409, code: 'OFFSET_MISMATCH' })
    expect(await patch(path, 0, Buffer.concat([CONTENT, CONTENT]))).toMatchObject({ code: 'LENGTH_MISMATCH' })
    expect(await patch(path, 0, CONTENT, { 'content-type': 'text/plain' })).toMatchObject({ code: 'CONTENT_TYPE' })
    expect(await patch(path, 0, CONTENT, { 'upload-offset': '-1' })).toMatchObject({ code: 'BAD_REQUEST' })
    expect(await patch(path, 0, CONTENT, { 'tus-resumable': '0.2' })).toMatchObject({ code: 'VERSION_UNSUPPORTED' })
    expect(await patch('/uploads/../../etc/passwd', 0, CONTENT)).toMatchObject({ status: 404 })
    expect(await send('POST', door.url, { 'upload-length': '5' })).toMatchObject({ status: 400 })
    expect(await send('POST', door.url, { 'upload-defer-length': '1' })).toMatchObject({ code: 'BAD_REQUEST' })
    expect(await offsetOf(path)).toBe(0)
    expect(await stored()).toBeUndefined()
  })
})
