import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestsOf, startGatewayBench } from '../testing/gatewayBench.ts'
import type { Answer, GatewayBench } from '../testing/gatewayBench.ts'
import { codeOf, tusUpload } from '../testing/taskCalls.ts'

const UPLOADS = '/api/heygem/pool/uploads'
const BYTES = Buffer.from('0123456789abcdef')

let at: GatewayBench

beforeAll(async () => {
  at = await startGatewayBench({ limits: { maxFileBytes: 64 * 1024 } })
})

afterAll(async () => {
  await at.dispose()
})

function form(fields: Readonly<Record<string, string>>, bytes: Buffer, fileFirst = false): FormData {
  const made = new FormData()
  const file = new Blob([new Uint8Array(bytes)])
  if (fileFirst) made.set('file', file, 'x.mp4')
  for (const [name, value] of Object.entries(fields)) made.set(name, value)
  if (!fileFirst) made.set('file', file, 'x.mp4')
  return made
}

async function uploadForm(body: FormData): Promise<string> {
  const answer = await at.call('/api/heygem/upload_file', { body })
  return answer.status === 200 ? '200' : `${String(answer.status)} ${codeOf(answer)}`
}

async function isStored(bytes: Buffer): Promise<boolean> {
  const { md5 } = digestsOf(bytes)
  const answer = await at.call('/api/heygem/check_files', { json: { files: [{ hash: md5, ext: '.mp4' }] } })
  return (answer.body['data'] as Record<string, boolean>)[md5] === true
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

async function create(bytes: Buffer, sizeBytes = bytes.length, sha256 = digestsOf(bytes).sha256): Promise<Answer> {
  const { md5 } = digestsOf(bytes)
  const metadata = `md5 ${base64(md5)},sha256 ${base64(sha256)},ext ${base64('.mp4')}`
  return at.call(UPLOADS, {
    method: 'POST',
    headers: { 'tus-resumable': '1.0.0', 'upload-length': String(sizeBytes), 'upload-metadata': metadata },
  })
}

async function patch(location: string, offset: number, bytes: Buffer): Promise<Answer> {
  return at.call(location, {
    method: 'PATCH',
    headers: {
      'tus-resumable': '1.0.0',
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
    },
    body: new Uint8Array(bytes),
  })
}

async function headOf(location: string): Promise<Answer> {
  return at.call(location, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } })
}

describe('one-shot upload (B035, B036, B038)', () => {
  it('keeps a file whatever the order of its parts', async () => {
    const first = Buffer.from('file comes first')
    expect(await uploadForm(form({ hash: digestsOf(first).md5, ext: '.mp4' }, first, true))).toBe('200')
    expect(await isStored(first)).toBe(true)
    expect(await readdir(join(at.dataDir, 'spool'))).toEqual([])
  })

  it('keeps nothing that is not what was announced', async () => {
    const other = Buffer.from('something else')
    expect(await uploadForm(form({ hash: digestsOf(BYTES).md5, ext: '.mp4' }, other))).toBe('422 HASH_MISMATCH')
    expect(await uploadForm(form({ hash: 'nonsense', ext: '.mp4' }, other))).toBe('400 HASH_FORMAT')
    expect(await uploadForm(form({ hash: digestsOf(other).md5, ext: '.exe' }, other))).toBe('400 EXT_NOT_ALLOWED')
    expect(await uploadForm(form({ hash: digestsOf(other).md5 }, other))).toBe('400 EXT_NOT_ALLOWED')
    const large = Buffer.alloc(100 * 1024, 7)
    expect(await uploadForm(form({ hash: digestsOf(large).md5, ext: '.mp4' }, large))).toBe('413 FILE_TOO_LARGE')
    expect(await uploadForm(form({ hash: digestsOf(large).md5, ext: '.mp4' }, large, true))).toBe('413 FILE_TOO_LARGE')
    expect([await isStored(other), await isStored(large)]).toEqual([false, false])
    expect(await readdir(join(at.dataDir, 'spool'))).toEqual([])
  })
})

describe('resumable upload (B035–B038)', () => {
  it('goes on only at the right offset, and tells it', async () => {
    const bytes = Buffer.from('resumable, in two parts')
    const location = (await create(bytes)).headers.get('location') ?? ''
    expect((await patch(location, 0, bytes.subarray(0, 10))).status).toBe(204)
    for (const offset of [0, 11]) {
      const answer = await patch(location, offset, bytes.subarray(10, 12))
      expect([answer.status, codeOf(answer), answer.body['error']]).toMatchObject([
        409,
        'OFFSET_MISMATCH',
        { data: { offset: 10 } },
      ])
    }
    expect((await headOf(location)).headers.get('upload-offset')).toBe('10')
    expect((await patch(location, 10, bytes.subarray(10))).status).toBe(204)
    expect(await isStored(bytes)).toBe(true)
  })

  it('ends an upload whose bytes are not the ones announced', async () => {
    const bytes = Buffer.from('announced content')
    const location = (await create(bytes)).headers.get('location') ?? ''
    const answer = await patch(location, 0, Buffer.from('different content'))
    expect([answer.status, codeOf(answer)]).toEqual([422, 'HASH_MISMATCH'])
    expect([404, 410]).toContain((await headOf(location)).status)
    expect(await isStored(bytes)).toBe(false)
  })

  it('takes neither more than announced nor more than allowed', async () => {
    const bytes = Buffer.from('short')
    const location = (await create(bytes)).headers.get('location') ?? ''
    const longer = await patch(location, 0, Buffer.from('short and then more'))
    expect([longer.status, codeOf(longer)]).toEqual([422, 'LENGTH_MISMATCH'])
    expect(await isStored(bytes)).toBe(false)
    const large = await create(bytes, 64 * 1024 + 1)
    expect([large.status, codeOf(large)]).toEqual([413, 'FILE_TOO_LARGE'])
  })

  it('needs a credential, and gives no origin a way in', async () => {
    const answer = await at.call(UPLOADS, { method: 'POST', key: null, headers: { 'tus-resumable': '1.0.0' } })
    expect(codeOf(answer)).toBe('AUTH_REQUIRED')
    expect((await create(Buffer.from('cors'))).headers.get('access-control-allow-origin')).toBe(null)
  })
})

describe('reading (B039, B040)', () => {
  it('answers one satisfiable range and refuses the rest', async () => {
    await tusUpload(at, UPLOADS, BYTES)
    const path = `/api/heygem/pool/${digestsOf(BYTES).md5}.mp4`
    const part = await at.call(path, { headers: { range: 'bytes=10-' } })
    expect([part.status, part.bytes.toString(), part.headers.get('content-range')]).toEqual([
      206,
      'abcdef',
      'bytes 10-15/16',
    ])
    for (const range of [`bytes=${'0-,'.repeat(1000)}0-`, 'bytes=5-2', 'bytes=16-', 'bytes=-0']) {
      const answer = await at.call(path, { headers: { range } })
      expect([range.slice(0, 12), answer.status, answer.bytes.length > 16]).toEqual([range.slice(0, 12), 416, true])
      expect(codeOf(answer)).toBe('RANGE_NOT_SATISFIABLE')
    }
    const whole = await at.call(path, { method: 'HEAD' })
    expect([whole.status, whole.headers.get('content-length')]).toEqual([200, '16'])
  })

  it('never lets a browser run what it stores', async () => {
    const html = Buffer.from('<script>alert(1)</script>')
    await tusUpload(at, UPLOADS, html)
    const answer = await at.call(`/api/heygem/pool/${digestsOf(html).md5}.mp4`, { headers: { accept: 'text/html' } })
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('content-type')).toBe('video/mp4')
  })

  it('has only names of its own form', async () => {
    const codes = []
    for (const name of ['../../etc/passwd', 'nothing.mp4', `${'a'.repeat(32)}.exe`, `${'a'.repeat(32)}.mp4`]) {
      codes.push(codeOf(await at.call(`/api/heygem/pool/${encodeURIComponent(name)}`)))
    }
    expect(codes).toEqual(['HASH_FORMAT', 'HASH_FORMAT', 'EXT_NOT_ALLOWED', 'POOL_FILE_NOT_FOUND'])
  })
})
