import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import type { RouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createQuietPlatform } from '../../test/fakes/quietPlatform.ts'
import type { StudioEvent } from '../protocol/studio/index.ts'
import { AppError } from '../shared/index.ts'
import { createLogger, openDatabase } from '../shared/node/index.ts'
import { STUDIO_MIGRATIONS } from './database/migrations.ts'
import { createStudio } from './index.ts'
import type { Platform, Studio } from './index.ts'

const RESOURCES = resolve('resources')
const OPTIONS = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })

/** A desktop door: dialogs answer what the test lays ready. */
function desk(answers: { pick: string[]; save: string | null }): Platform & { readonly revealed: string[] } {
  const revealed: string[] = []
  return {
    ...createQuietPlatform(),
    revealed,
    capabilities: async () => ({
      door: 'electron',
      pickFiles: true,
      revealInFolder: true,
      saveAs: true,
      notifications: true,
      pickFolder: true,
    }),
    pickFiles: async () => answers.pick,
    pickSavePath: async () => answers.save,
    revealInFolder: async ({ path }) => void revealed.push(path),
  }
}

describe('the studio contract', () => {
  let dir: string
  let studio: Studio
  let call: RouterClient<Studio['router']>
  const answers = { pick: [] as string[], save: null as string | null }
  const open = (platform: Platform): Promise<Studio> =>
    createStudio({
      dataDir: join(dir, 'data'),
      outputDir: join(dir, 'Videos', 'Digital Human Studio'),
      resourcesDir: RESOURCES,
      version: '1.2.3',
      locale: 'zh-CN',
      platform,
      log,
    })
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-studio-'))
    studio = await open(desk(answers))
    await studio.start()
    call = createRouterClient(studio.router)
  })
  afterEach(async () => {
    await studio.stop()
    await rm(dir, { recursive: true, force: true })
  })
  const sampleHandles = async (): Promise<{ avatar: string; voice: string }> => {
    const samples = await call.files.samples()
    return { avatar: samples.avatar.handle, voice: samples.voice.handle }
  }
  const failed = (code: string, data: object = {}): object => ({ code: 'FAILED', data: { code, ...data } })

  it('says what it is', async () => {
    expect(await call.info()).toMatchObject({
      version: '1.2.3',
      outputFolder: 'Videos/Digital Human Studio',
      ffmpeg: { found: true, installCommand: null },
    })
  })

  it('describes files without telling where they are', async () => {
    answers.pick = [join(RESOURCES, 'samples', 'presenter.mp4'), join(dir, 'none.mp4'), dir]
    const views = await call.files.pick({ role: 'avatar', multiple: true })
    expect(views.map((view) => [view.name, view.error?.code ?? null, view.probe?.video?.codec ?? null])).toEqual([
      ['presenter.mp4', null, 'avc'],
      ['none.mp4', 'FILE_NOT_FOUND', null],
      [dir.split('/').at(-1), 'NOT_A_FILE', null],
    ])
    expect(JSON.stringify(views)).not.toContain(dir)
    expect(JSON.stringify(views)).not.toContain(RESOURCES)
    const [first] = views
    expect(studio.door.resolveMedia(first?.handle ?? '')).toEqual({
      path: answers.pick[0],
      contentType: 'video/mp4',
      fileName: 'presenter.mp4',
    })
    await call.files.release({ handle: first?.handle ?? '' })
    expect(studio.door.resolveMedia(first?.handle ?? '')).toBeNull()
    await expect(call.files.describe({ handle: first?.handle ?? '' })).rejects.toMatchObject(failed('HANDLE_UNKNOWN'))
  })

  it('gives as many peaks as asked, from the cache the second time', async () => {
    const { voice } = await sampleHandles()
    const many = await call.files.peaks({ handle: voice, count: 400 })
    const few = await call.files.peaks({ handle: voice, count: 16 })
    expect([many.peaks.length, few.peaks.length]).toEqual([400, 16])
    expect(Math.max(...few.peaks)).toBe(Math.max(...many.peaks))
    expect(Math.max(...many.peaks)).toBeGreaterThan(0.05)
  })

  it('names every problem with its file and role, and refuses to create', async () => {
    const empty = join(dir, '空.mp4')
    await writeFile(empty, '')
    const voice = (await sampleHandles()).voice
    const request = { avatar: studio.door.registerPath(empty), voice, options: OPTIONS }
    const report = await call.compose.preflight(request)
    expect(report).toMatchObject({
      ok: false,
      problems: [{ role: 'avatar', code: 'MEDIA_EMPTY', data: { file: '空.mp4' } }],
      warnings: ['gateway_offline'],
    })
    await expect(call.compose.create(request)).rejects.toMatchObject(failed('MEDIA_EMPTY', { field: 'avatar' }))
    const swapped = { avatar: voice, voice: (await sampleHandles()).avatar, options: OPTIONS }
    expect((await call.compose.preflight(swapped)).problems.map((problem) => problem.code)).toContain('NO_VIDEO')
  })

  it('has the task in the history before anything leaves this PC', async () => {
    const record = await call.compose.create({ ...(await sampleHandles()), options: { ...OPTIONS, name: '新年祝福' } })
    expect(record).toMatchObject({ phase: 'hashing', name: '新年祝福', taskId: null, error: null })
    expect((await call.tasks.list()).map((task) => task.id)).toEqual([record.id])
    expect(await call.history.page({ query: '祝福', limit: 10 })).toMatchObject({ total: 1, cursor: null })
    await expect(call.history.remove({ id: record.id, withFile: false })).rejects.toMatchObject(failed('NOT_FINISHED'))
    await expect(call.tasks.retry({ id: record.id })).rejects.toMatchObject(failed('NOT_FINISHED'))
    const cancelled = await call.tasks.cancel({ id: record.id })
    expect(cancelled.phase).toBe('cancelled')
    const { avatar, options } = await call.history.inputs({ id: record.id })
    expect([avatar?.name, options.name]).toEqual(['presenter.mp4', '新年祝福'])
  })

  it('forgets a record, brings it back, and knows nothing of others', async () => {
    const { id } = await call.compose.create({ ...(await sampleHandles()), options: OPTIONS })
    await call.tasks.cancel({ id })
    await call.history.remove({ id, withFile: true })
    await expect(call.history.get({ id })).rejects.toMatchObject(failed('HISTORY_NOT_FOUND'))
    expect((await call.history.restore({ id })).id).toBe(id)
    expect((await call.history.get({ id })).phase).toBe('cancelled')
    await expect(call.history.get({ id: `r_${'0'.repeat(32)}` })).rejects.toMatchObject(failed('HISTORY_NOT_FOUND'))
    await expect(call.history.reveal({ id })).rejects.toMatchObject(failed('RESULT_NOT_READY'))
  })

  it('says that a video is gone instead of showing nothing in its folder', async () => {
    const { id } = await call.compose.create({ ...(await sampleHandles()), options: OPTIONS })
    await call.tasks.cancel({ id })
    await studio.stop()
    const path = join(dir, '成片.mp4')
    const output = { path, sizeBytes: 1, durationMs: 1, width: 2, height: 2, fps: 25, sha256: '0'.repeat(64) }
    const db = openDatabase({ path: join(dir, 'data', 'studio.db'), migrations: STUDIO_MIGRATIONS })
    db.run(
      `UPDATE records SET phase_group = 'done',
         document = json_set(document, '$.phase', 'done', '$.output', json(?)) WHERE id = ?`,
      JSON.stringify(output),
      id,
    )
    db.close()
    const door = desk(answers)
    studio = await open(door)
    call = createRouterClient(studio.router)
    await expect(call.history.reveal({ id })).rejects.toMatchObject(
      failed('FILE_NOT_FOUND', { data: { file: '成片.mp4' } }),
    )
    await writeFile(path, 'x')
    await call.history.reveal({ id })
    expect(door.revealed).toEqual([path])
  })

  it('tells a gone input as null', async () => {
    const copy = join(dir, 'copy.mp4')
    await copyFile(join(RESOURCES, 'samples', 'presenter.mp4'), copy)
    const { voice } = await sampleHandles()
    const { id } = await call.compose.create({ avatar: studio.door.registerPath(copy), voice, options: OPTIONS })
    await call.tasks.cancel({ id })
    await rm(copy)
    expect((await call.history.inputs({ id })).avatar).toBeNull()
    expect((await call.history.get({ id })).avatar.available).toBe(false)
  })

  it('streams resync first, then each change', async () => {
    const leaving = new AbortController()
    const stream = await call.events(undefined, { signal: leaving.signal })
    const seen: StudioEvent['kind'][] = []
    const reading = (async () => {
      for await (const event of stream) {
        seen.push(event.kind)
        if (event.kind === 'settings.changed') break
      }
    })()
    await call.settings.set({ theme: 'dark' })
    await reading
    leaving.abort()
    expect([seen[0], seen.at(-1)]).toEqual(['resync', 'settings.changed'])
  })

  it('keeps settings and refuses wrong ones', async () => {
    await call.settings.set({ language: 'en', uploadLimitBytesPerSecond: 5_000 })
    expect(await call.settings.get()).toMatchObject({ language: 'en', uploadLimitBytesPerSecond: 5_000 })
    expect(() => studio.api.setSettings({ uploadLimitBytesPerSecond: 3 })).toThrow(AppError)
  })

  it('refuses plain http to another machine, and tells at which step a test stops', async () => {
    const target = { kind: 'remote', url: 'http://gpu.example.com:9501', licenseKey: 'k'.repeat(40) } as const
    await expect(call.connection.use(target)).rejects.toMatchObject(failed('TLS_REQUIRED'))
    expect((await call.connection.get()).kind).toBe('embedded')
    const away = await call.connection.use({ ...target, url: 'http://127.0.0.1:1' })
    expect(away).toMatchObject({ kind: 'remote', host: '127.0.0.1:1', error: { code: 'GATEWAY_UNREACHABLE' } })
    const { steps } = await call.connection.test({ ...target, url: 'http://127.0.0.1:1' })
    expect(steps.map((step) => step.outcome)).toEqual(['ok', 'failed', 'skipped', 'skipped', 'skipped', 'skipped'])
    expect(steps[1]?.error?.code).toBe('GATEWAY_UNREACHABLE')
  })

  it('lets only one studio have a data folder', async () => {
    await mkdir(join(dir, 'x'))
    const second = createStudio({
      dataDir: join(dir, 'data'),
      outputDir: dir,
      resourcesDir: RESOURCES,
      version: '0',
      locale: 'en',
      platform: desk(answers),
      log,
    })
    await expect(second).rejects.toMatchObject({ code: 'DB_IN_USE' })
  })
})
