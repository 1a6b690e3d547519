import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGatewayBench } from '../testing/gatewayBench.ts'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { head, rawHttp } from '../testing/rawHttp.ts'
import { codeOf, inputs } from '../testing/taskCalls.ts'

const SUBMIT = '/api/heygem/task/submit'

let at: GatewayBench
let good: Record<string, unknown>

beforeAll(async () => {
  at = await startGatewayBench({ limits: { submitBurst: 10_000, requestsPerMinute: 10_000 } })
  good = await inputs(at)
})

afterAll(async () => {
  await at.dispose()
})

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await at.call(SUBMIT, { body, headers: { 'content-type': 'application/json', ...headers } })
  return `${String(answer.status)} ${codeOf(answer)}`
}

async function submit(extra: Readonly<Record<string, unknown>>): Promise<string> {
  return post(JSON.stringify({ ...good, ...extra }))
}

describe('content type (B009, B010, B022)', () => {
  it('takes only JSON in UTF-8 on a JSON route', async () => {
    for (const type of [
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      'application/jsonp',
      '',
    ]) {
      expect(await post(JSON.stringify(good), { 'content-type': type })).toBe('415 CONTENT_TYPE')
    }
  })

  it('takes no compressed body', async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(1024 * 1024)))
    expect(await post(bomb, { 'content-encoding': 'gzip' })).toBe('415 ENCODING_NOT_SUPPORTED')
  })
})

describe('JSON (B016–B018, B023)', () => {
  it('refuses what is not one JSON object', async () => {
    for (const text of ['', '{}trailing', '{"a":1,}', '\u0000', '{"a":"\u0000"}'])
      expect(await post(text)).toBe('400 JSON_INVALID')
    expect(await post(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]))).toBe('400 JSON_INVALID')
    expect(await post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBe('400 JSON_INVALID')
    for (const text of ['null', '[]', '"x"', '1', '{}']) expect(await post(text)).toBe('400 SCHEMA')
  })

  it('refuses a key given twice, also when it is spelled differently', async () => {
    expect(await post('{"audio_hash":"a","audio_hash":"b"}')).toBe('400 JSON_INVALID')
    expect(await post(String.raw`{"audio_hash":"a","\u0061udio_hash":"b"}`)).toBe('400 JSON_INVALID')
  })

  it('refuses keys that reach a prototype', async () => {
    expect(await post('{"__proto__":{"admin":true}}')).toBe('400 SCHEMA')
    expect(await post('{"constructor":{"prototype":{"admin":true}}}')).toBe('400 SCHEMA')
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  })

  it('refuses deep nesting without parsing it', async () => {
    expect(await post(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBe('400 JSON_TOO_DEEP')
  })

  it('refuses numbers where ids are expected', async () => {
    for (const id of ['12345678901234567890', '1e400', '-0']) {
      expect(await post(`{"request_id":${id}}`)).toBe('400 SCHEMA')
      const cancel = await at.call('/api/heygem/task/cancel', {
        body: `{"task_id":${id}}`,
        headers: { 'content-type': 'application/json' },
      })
      expect([cancel.status, codeOf(cancel)]).toEqual([400, 'SCHEMA'])
    }
  })
})

describe('size (B019)', () => {
  it('refuses more than 256 KiB and closes the connection', async () => {
    const long = JSON.stringify({ ...good, padding: 'x'.repeat(256 * 1024) })
    expect(await post(long)).toBe('413 BODY_TOO_LARGE')
    const key = `Authorization: Bearer ${at.licenseKey}`
    const json = 'Content-Type: application/json'
    const line = `POST ${SUBMIT} HTTP/1.1`
    const claim = await rawHttp(at.port, head(at.port, line, key, json, 'Content-Length: 99999999999'))
    expect([claim.status, claim.code, claim.isClosed]).toEqual([413, 'BODY_TOO_LARGE', true])
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    const endless = Array.from({ length: 20 }, () => chunk)
    const flood = await rawHttp(at.port, head(at.port, line, key, json, 'Transfer-Encoding: chunked'), ...endless)
    expect([flood.status, flood.code, flood.isClosed]).toEqual([413, 'BODY_TOO_LARGE', true])
  })
})

describe('fields of a submit (B026–B030)', () => {
  it('names the field that has the wrong form', async () => {
    const md5 = 'a'.repeat(32)
    const hashes = [md5.slice(1), `${md5}a`, md5.toUpperCase(), `${md5}\n`, 'a'.repeat(40), "' OR 1=1 --"]
    for (const hash of hashes) expect(await submit({ audio_hash: hash })).toBe('400 HASH_FORMAT')
    for (const ext of ['.wav/../../x', '.php', '', '.mp4', `.${'w'.repeat(4096)}`]) {
      expect(await submit({ audio_ext: ext })).toBe('400 EXT_NOT_ALLOWED')
    }
    for (const id of ['', 'a b c d e', 'with\u0007bell', '1234567890', 'tenant:request', 'x'.repeat(65)]) {
      expect(await submit({ request_id: id })).toBe('400 REQUEST_ID_FORMAT')
    }
    expect(await submit({ request_id: 'x'.repeat(1024 * 1024) })).toBe('413 BODY_TOO_LARGE')
    const answer = await at.call(SUBMIT, { json: { ...good, audio_ext: '.php' }, headers: { 'accept-language': 'zh' } })
    expect(answer.body['error']).toMatchObject({ field: 'audio_ext', message: '不接受此文件类型。' })
  })

  it('says which input the pool lacks, and not whether somebody else has it', async () => {
    const unknown = 'b'.repeat(32)
    const answer = await at.call(SUBMIT, { json: { ...good, video_hash: unknown } })
    expect([answer.status, codeOf(answer), answer.body['error']]).toMatchObject([
      422,
      'INPUT_MISSING',
      { data: { missing: 'video' } },
    ])
  })

  it('refuses one request id for two contents', async () => {
    const first = await at.call(SUBMIT, { json: { ...good, request_id: 'used-twice' } })
    expect(first.status).toBe(200)
    const replay = await at.call(SUBMIT, { json: { ...good, request_id: 'used-twice' } })
    expect([replay.status, replay.headers.get('idempotent-replay')]).toEqual([200, 'true'])
    expect(replay.body['data']).toMatchObject({ task_id: (first.body['data'] as { task_id: string }).task_id })
    expect(await submit({ request_id: 'used-twice', options: { name: 'other' } })).toBe('409 REQUEST_ID_CONFLICT')
  })

  it('refuses kinds of tasks it does not know, also those it keeps for itself (B031)', async () => {
    for (const type of ['mine_coins', 'delete_asset', '__proto__', 'toString', '']) {
      expect([type, await submit({ task_type: type })]).toEqual([type, '422 TASK_TYPE_UNKNOWN'])
    }
  })

  it('refuses a priority that is no class (B032)', async () => {
    for (const priority of [-1, 2 ** 53, 'high', '', null, ['batch'], true]) {
      expect([priority, await submit({ options: { priority } })]).toEqual([priority, '400 SCHEMA'])
    }
  })
})
