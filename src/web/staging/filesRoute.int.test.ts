import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import type { ClientRequest } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { randomHex } from '../../shared/index.ts'
import { openTestDoor } from '../testing/openTestDoor.ts'
import type { TestDoor } from '../testing/openTestDoor.ts'
import { codeOf, rawRequest } from '../testing/rawRequest.ts'

const SAMPLE = readFileSync(join(import.meta.dirname, '../../../resources/samples/welcome.wav'))
const HALF = Math.floor(SAMPLE.byteLength / 2)

let door: TestDoor
beforeAll(async () => {
  door = await openTestDoor()
})
afterAll(() => door.close())

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${door.token}` })

const address = (id: string, name = 'voice.wav', size: number | string = SAMPLE.byteLength): string =>
  `${door.origin}/files?${new URLSearchParams({ id, name, size: String(size) }).toString()}`

interface Put {
  readonly name?: string
  readonly size?: number | string
  readonly offset?: number
  readonly body?: Uint8Array
}

async function put(id: string, { name, size, offset = 0, body = SAMPLE }: Put = {}) {
  const headers = { ...bearer(), 'upload-offset': String(offset), 'content-length': String(body.byteLength) }
  return rawRequest(address(id, name, size), { method: 'PUT', headers, body })
}

const offsetOf = async (id: string): Promise<number> =>
  Number((await rawRequest(address(id), { method: 'HEAD', headers: bearer() })).headers['upload-offset'])

const handleIn = (body: string): string => (JSON.parse(body) as { handle: string }).handle

/** Sends the first bytes of an upload and leaves the connection open. */
function startPut(id: string, body: Uint8Array): ClientRequest {
  const headers = { ...bearer(), 'content-length': String(SAMPLE.byteLength) }
  const outgoing = request(address(id), { method: 'PUT', headers, agent: false })
  outgoing.on('error', () => undefined)
  outgoing.write(body)
  return outgoing
}

const stagedNames = (): string[] => readdirSync(door.stagingDir, { recursive: true }).map(String)

describe('an upload', () => {
  it('becomes a handle that plays, under the name the person gave it', async () => {
    const { status, body } = await put(randomHex(16), { name: '欢迎 "1".wav' })
    const handle = handleIn(body)
    expect([status, door.studio.door.resolveMedia(handle)]).toMatchObject([201, { fileName: '欢迎 "1".wav' }])
    const media = await rawRequest(`${door.origin}/media/${handle}`, { headers: { range: 'bytes=4-11' } })
    expect([media.status, media.headers['content-type'], media.body]).toEqual([
      206,
      'audio/wav',
      SAMPLE.subarray(4, 12).toString(),
    ])
  })

  it('goes on where a broken connection left it', async () => {
    const id = randomHex(16)
    const broken = startPut(id, SAMPLE.subarray(0, HALF))
    await vi.waitFor(async () => {
      expect(await offsetOf(id)).toBe(HALF)
    })
    broken.destroy()
    const { status, body } = await put(id, { offset: HALF, body: SAMPLE.subarray(HALF) })
    const path = door.studio.door.resolveMedia(handleIn(body))?.path ?? ''
    expect([status, readFileSync(path).equals(SAMPLE)]).toEqual([201, true])
  })

  it('may come in parts, and says how much is there', async () => {
    const id = randomHex(16)
    expect(await offsetOf(id)).toBe(0)
    const first = await put(id, { body: SAMPLE.subarray(0, HALF) })
    expect([first.status, JSON.parse(first.body)]).toEqual([202, { offset: HALF }])
    expect((await put(id, { offset: HALF, body: SAMPLE.subarray(HALF) })).status).toBe(201)
    expect(await offsetOf(id)).toBe(SAMPLE.byteLength)
  })

  it('is told the right place when it goes on at a wrong one', async () => {
    const id = randomHex(16)
    await put(id, { body: SAMPLE.subarray(0, HALF) })
    const ahead = await put(id, { offset: HALF + 1, body: SAMPLE.subarray(HALF + 1) })
    expect([ahead.status, codeOf(ahead.body), ahead.headers['upload-offset']]).toEqual([
      409,
      'OFFSET_MISMATCH',
      String(HALF),
    ])
  })

  it('answers the same handle when the answer was lost', async () => {
    const id = randomHex(16)
    const first = await put(id)
    const again = await put(id, { offset: SAMPLE.byteLength, body: new Uint8Array() })
    expect([again.status, again.body]).toEqual([201, first.body])
  })

  it('ends an older try of itself that hangs', async () => {
    const id = randomHex(16)
    const hanging = startPut(id, SAMPLE.subarray(0, HALF))
    const ended = new Promise((resolve) => hanging.once('close', resolve))
    await vi.waitFor(async () => {
      expect(await offsetOf(id)).toBe(HALF)
    })
    const { status, body } = await put(id, { offset: HALF, body: SAMPLE.subarray(HALF) })
    await ended
    const path = door.studio.door.resolveMedia(handleIn(body))?.path ?? ''
    expect([status, readFileSync(path).equals(SAMPLE)]).toEqual([201, true])
  })

  it('of nothing is a file too: the studio says what is wrong with it', async () => {
    const { status, body } = await put(randomHex(16), { size: 0, body: new Uint8Array() })
    expect([status, readFileSync(door.studio.door.resolveMedia(handleIn(body))?.path ?? '').byteLength]).toEqual([
      201, 0,
    ])
  })
})

describe('a name from outside', () => {
  it('never leaves the staging folder', async () => {
    const names = [
      '../../evil.mp4',
      '..',
      '/etc/passwd',
      'C:\\x\\y.mp4',
      '-rf',
      'a\nb\u0000.mp4',
      `${'长'.repeat(300)}.mp4`,
      'CON.mp4',
    ]
    const before = readdirSync(door.dir)
    const answers = await Promise.all(names.map((name) => put(randomHex(16), { name })))
    const paths = answers
      .filter(({ status }) => status === 201)
      .map(({ body }) => door.studio.door.resolveMedia(handleIn(body))?.path ?? '')
    expect(answers.map(({ status }) => status).filter((status) => status !== 201 && status !== 400)).toEqual([])
    expect(paths.length).toBeGreaterThanOrEqual(6)
    expect(paths.filter((path) => !/^[0-9a-f]{32}\/[^/]+$/.test(path.slice(door.stagingDir.length + 1)))).toEqual([])
    expect(readdirSync(door.dir)).toEqual(before)
  })
})

describe('an upload is refused', () => {
  it('without the token of this launch', async () => {
    const wrong = [
      undefined,
      'Bearer',
      'Bearer x',
      `Bearer ${door.token}x`,
      `Basic ${door.token}`,
      `Bearer ${door.token.slice(1)}`,
    ]
    const answers = await Promise.all(
      wrong.map((authorization) =>
        rawRequest(address(randomHex(16)), {
          method: 'PUT',
          headers: authorization === undefined ? {} : { authorization },
          body: SAMPLE,
        }),
      ),
    )
    expect(answers.map(({ status, body }) => [status, codeOf(body)])).toEqual(
      wrong.map(() => [401, 'PAGE_TOKEN_INVALID']),
    )
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  })

  it('when its length is not what it said, and nothing is kept', async () => {
    const longer = await put(randomHex(16), { size: SAMPLE.byteLength - 1 })
    const id = randomHex(16)
    const chunked = await rawRequest(address(id, 'x.wav', 10), {
      method: 'PUT',
      headers: { ...bearer(), 'transfer-encoding': 'chunked' },
      body: SAMPLE,
    })
    expect([longer, chunked].map(({ status, body }) => [status, codeOf(body)])).toEqual([
      [422, 'LENGTH_MISMATCH'],
      [422, 'LENGTH_MISMATCH'],
    ])
    expect(stagedNames().filter((name) => name.startsWith(id))).toEqual([])
  })

  it('when a field is missing or odd', async () => {
    const odd = [
      put('short'),
      put('../'.padEnd(32, '0')),
      put(randomHex(16), { size: '-1' }),
      put(randomHex(16), { size: '1e3' }),
      put(randomHex(16), { size: '99999999999999999999' }),
      put(randomHex(16), { name: '' }),
    ]
    expect((await Promise.all(odd)).map(({ status, body }) => [status, codeOf(body)])).toEqual(
      odd.map(() => [400, 'SCHEMA']),
    )
  })

  it('when it is larger than what is taken, with an answer that arrives', async () => {
    const { status, body } = await put(randomHex(16), { size: 65 * 1024 ** 2, body: new Uint8Array(8 * 1024 ** 2) })
    expect([status, codeOf(body)]).toEqual([413, 'FILE_TOO_LARGE'])
  })

  it('when the id is another file’s', async () => {
    const id = randomHex(16)
    await put(id, { body: SAMPLE.subarray(0, HALF) })
    const other = await put(id, { name: 'other.wav', offset: HALF, body: SAMPLE.subarray(HALF) })
    expect([other.status, codeOf(other.body)]).toEqual([409, 'OFFSET_MISMATCH'])
  })
})

describe('a disk without room', () => {
  it('is found out before anything is sent', async () => {
    const full = await openTestDoor({ limits: { maxFileBytes: 1024 ** 3, reserveBytes: Number.MAX_SAFE_INTEGER } })
    const url = address(randomHex(16)).replace(door.origin, full.origin)
    const { status, body } = await rawRequest(url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${full.token}` },
      body: SAMPLE,
    })
    expect([status, codeOf(body)]).toEqual([507, 'DISK_FULL'])
    await full.close()
  })
})
