import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Upload } from '@tus/server'
import { AppError, installFaultPoints } from '../../../shared/index.ts'
import type { FaultPoint } from '../../../shared/index.ts'
import { digestsOf, makeDataDir, openPool, removeDataDir } from '../testing/openPool.ts'
import type { OpenPool } from '../testing/openPool.ts'
import { UploadStore } from './uploadStore.ts'

const CONTENT = Buffer.from('some bytes of a video '.repeat(50_000))
const SIZE = CONTENT.byteLength
const HALF = SIZE / 2
const { md5, sha256 } = digestsOf(CONTENT)
const ID = '1'.repeat(32)

let dataDir = ''
let opened: OpenPool
let uploads: UploadStore

beforeEach(async () => {
  dataDir = await makeDataDir()
  opened = await openPool(dataDir, {}, { uploadsPerTenant: 1 })
  uploads = new UploadStore(opened)
})

afterEach(async () => {
  installFaultPoints(undefined)
  await opened.close()
  await removeDataDir(dataDir)
})

/** Announces an upload of that content; answers what becomes of it. */
function admit(id: string, content: Buffer): Promise<string> {
  const upload = new Upload({
    id,
    size: content.byteLength,
    offset: 0,
    metadata: { ...digestsOf(content), ext: '.mp4' },
  })
  return uploads.admit(upload, { tenant: 't-alpha', maxBytes: SIZE }).then(
    () => 'taken',
    (error: unknown) => AppError.from(error).code,
  )
}

function admitOther(): Promise<string> {
  return admit('2'.repeat(32), Buffer.from('another file'))
}

/** Another upload comes while this one is at that point: it is decided before the disk has answered. */
function admitOtherAt(point: FaultPoint): () => Promise<string> | undefined {
  let other: Promise<string> | undefined
  installFaultPoints((passed) => {
    if (passed === point) other ??= admitOther()
  })
  return () => other
}

describe('at the limit, an upload that began long ago', () => {
  beforeEach(async () => {
    expect(await admit(ID, CONTENT)).toBe('taken')
    await uploads.write(Readable.from([CONTENT.subarray(0, HALF)]), ID, 0)
    opened.clock.advance(opened.settings.uploadRestMs)
  })

  it.each(['upload.chunk_written', 'upload.before_fsync', 'upload.after_dirsync'] as const)(
    'keeps its place while it ends (%s)',
    async (point) => {
      const other = admitOtherAt(point)
      expect(await uploads.write(Readable.from([CONTENT.subarray(HALF)]), ID, HALF)).toBe(SIZE)
      expect(await other()).toBe('UPLOADS_FULL')
      expect(await opened.pool.find('t-alpha', md5)).toMatchObject({ sha256 })
      expect((await uploads.getUpload(ID)).offset).toBe(SIZE)
      expect(await admitOther()).toBe('taken')
    },
  )

  it('keeps its place while what a crash left of it is published', async () => {
    await writeFile(opened.pool.folders.upload(ID), CONTENT)
    // As after a restart: nobody knows what came when.
    uploads = new UploadStore(opened)
    const other = admitOtherAt('upload.before_fsync')
    expect((await uploads.getUpload(ID)).offset).toBe(SIZE)
    expect(await other()).toBe('UPLOADS_FULL')
    expect(await opened.pool.find('t-alpha', md5)).toMatchObject({ sha256 })
  })

  it('keeps its place right after its connection broke', async () => {
    const source = Readable.from(
      (async function* () {
        yield CONTENT.subarray(HALF, HALF + 1)
        throw new Error('the connection broke')
      })(),
    )
    await expect(uploads.write(source, ID, HALF)).rejects.toThrow('the connection broke')
    expect(await admitOther()).toBe('UPLOADS_FULL')
    expect((await uploads.getUpload(ID)).offset).toBe(HALF + 1)
  })

  it('gives its place when nothing comes', async () => {
    expect(await admitOther()).toBe('taken')
    await expect(uploads.getUpload(ID)).rejects.toMatchObject({ code: 'UPLOAD_NOT_FOUND' })
  })
})
