import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fieldMedia, FieldWorkerFake } from '../../../test/fakes/fieldWorker/index.ts'
import { createGpuServerClient } from './gpuServerClient.ts'
import type { GpuServerClient } from './port.ts'

let server: FieldWorkerFake
let client: GpuServerClient
let dir = ''

beforeAll(async () => {
  server = await FieldWorkerFake.start({ token: 'unused', secret: 'right' })
  client = createGpuServerClient({ url: server.url, secret: 'right', answerMs: 2_000 })
  dir = await mkdtemp(join(tmpdir(), 'dhs-gpu-server-'))
})

afterAll(async () => {
  await server.stop()
  await rm(dir, { recursive: true, force: true })
})

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')

/** A task that has run to its end. */
async function finished(): Promise<string> {
  const { voice, avatar } = await fieldMedia()
  const inputs = { audio_hash: md5(voice), audio_ext: '.wav', video_hash: md5(avatar), video_ext: '.mp4' }
  for (const [bytes, ext] of [[voice, '.wav'] as const, [avatar, '.mp4'] as const]) {
    const path = join(dir, md5(bytes))
    await writeFile(path, bytes)
    await client.upload({ md5: md5(bytes), ext }, path)
  }
  const answer = await fetch(new URL('/api/heygem/submit', server.url), {
    ...{ method: 'POST', headers: { authorization: 'Bearer right' }, body: JSON.stringify(inputs) },
  })
  const { data } = (await answer.json()) as { data: { task_id: string } }
  while ((await client.task(data.task_id))?.status !== 'done');
  return data.task_id
}

describe('the client of a GPU server', () => {
  it('asks, pushes, follows and fetches', async () => {
    const { voice, result } = await fieldMedia()
    expect(await client.isInitialized()).toBe(true)
    const other = { md5: '0'.repeat(32), ext: '.wav' }
    expect(await client.missing([other])).toEqual([other])
    const taskId = await finished()
    expect(await client.missing([{ md5: md5(voice), ext: '.wav' }, other])).toEqual([other])
    expect(await client.task('nobody-knows-it')).toBeUndefined()
    const path = join(dir, 'result.mp4')
    expect(await client.download(taskId, path, { maxBytes: 1_000_000 })).toEqual({
      kind: 'done',
      sizeBytes: result.length,
    })
    expect(md5(await readFile(path))).toBe(md5(result))
    expect(await client.download('nobody-knows-it', path, { maxBytes: 10 })).toEqual({ kind: 'gone' })
  })

  it('tells how much of a file has gone and come', async () => {
    const { voice, result } = await fieldMedia()
    const sent: number[] = []
    const path = join(dir, 'sent.wav')
    await writeFile(path, voice)
    await client.upload({ md5: md5(voice), ext: '.wav' }, path, { onMoved: (bytes) => sent.push(bytes) })
    expect(sent.at(-1)).toBeGreaterThanOrEqual(voice.length)
    const came: number[] = []
    const options = { maxBytes: 1_000_000, onMoved: (bytes: number) => came.push(bytes) }
    await client.download(await finished(), join(dir, 'came.mp4'), options)
    expect(came.at(-1)).toBe(result.length)
  })

  it('takes no more than it may', async () => {
    const taskId = await finished()
    const fetched = client.download(taskId, join(dir, 'large.mp4'), { maxBytes: 100 })
    await expect(fetched).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
  })

  it('says who does not answer, who answers nonsense, and who says no', async () => {
    const nobody = createGpuServerClient({ url: 'http://127.0.0.1:9', answerMs: 2_000 })
    await expect(nobody.isInitialized()).rejects.toMatchObject({ code: 'GPU_SERVER_UNREACHABLE' })
    server.switches.garbage = 1
    await expect(client.missing([])).rejects.toMatchObject({ code: 'GPU_SERVER_REFUSED', data: { status: 500 } })
    const stranger = createGpuServerClient({ url: server.url, secret: 'wrong' })
    await expect(stranger.isInitialized()).rejects.toMatchObject({ code: 'GPU_SERVER_REFUSED', data: { status: 401 } })
    const hasty = createGpuServerClient({ url: server.url, secret: 'right', answerMs: 1 })
    server.switches.slowMs = 300
    await expect(hasty.isInitialized()).rejects.toMatchObject({ code: 'GPU_SERVER_UNREACHABLE' })
    server.switches.slowMs = 0
  })

  it('rejects with the reason of whoever gave it up', async () => {
    const giveUp = new AbortController()
    giveUp.abort(new Error('no longer wanted'))
    await expect(client.task('any', { signal: giveUp.signal })).rejects.toThrow('no longer wanted')
    const options = { signal: giveUp.signal, maxBytes: 10 }
    await expect(client.download('any', join(dir, 'never'), options)).rejects.toThrow('no longer wanted')
  })

  it('notices that other bytes arrived', async () => {
    const { voice } = await fieldMedia()
    const path = join(dir, 'voice.wav')
    await writeFile(path, voice)
    server.switches.damageUpload = true
    await expect(client.upload({ md5: md5(voice), ext: '.wav' }, path)).rejects.toMatchObject({
      code: 'INPUT_FETCH_FAILED',
    })
  })
})
