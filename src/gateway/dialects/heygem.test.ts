import { describe, expect, it } from 'vitest'
import type { GpuStatus } from '../../protocol/events/index.ts'
import { HEYGEM_STATUSES, TASK_STATES, taskViewSchema } from '../../protocol/task/index.ts'
import { createEmitter, createFakeClock } from '../../shared/index.ts'
import { gpuServer } from '../testing/gpuServer.ts'
import { storedTask } from '../testing/storedTask.ts'
import { fieldProgress } from './fieldProgress.ts'
import { statesOf, submitAnswer, taskView } from './heygem.ts'
import type { Estimate } from '../estimates/index.ts'
import type { GpuServer } from '../fleet/port.ts'
import type { StartOutlook } from '../power/index.ts'
import type { ViewContext } from './heygem.ts'
import { TaskViews } from './taskViews.ts'

const PLAIN: ViewContext = {
  ...{ language: 'en', position: null, estimate: null, gpu: null, waitedMs: 0, notReady: null, isPaused: false },
  ...{ backoffMs: 0, isWithheld: false, expiresInMs: null },
}
const RUNS: Estimate = { seconds: 200, highSeconds: 330, basis: 'runs', reason: null }
const STARTUP: Estimate = { seconds: 120, highSeconds: null, basis: 'startup_default', reason: null }

describe('taskView', () => {
  it('is a valid view of every state, in both languages, with a sentence', () => {
    for (const state of TASK_STATES) {
      for (const language of ['en', 'zh-CN'] as const) {
        const view = taskViewSchema.parse(taskView(storedTask({ state }), { ...PLAIN, language }))
        expect([view.state, view.message.length > 0]).toEqual([state, true])
        expect(/[\u4e00-\u9fff]/.test(view.message)).toBe(language === 'zh-CN')
      }
    }
  })

  it('says what failed and what to do, with the engine’s own words', () => {
    const failure = { code: 'ENGINE_FAILED', detail: 'CUDA out of memory' }
    expect(taskView(storedTask({ state: 'failed', failure }), PLAIN)).toMatchObject({
      status: 'error',
      error_code: 'ENGINE_FAILED',
      error_msg: 'The engine stopped with an error: CUDA out of memory',
      result_url: null,
    })
  })

  it('shows place, estimate and stage only where they mean something', () => {
    const context = { ...PLAIN, position: 3, estimate: RUNS, gpu: 'busy' } as const
    expect(taskView(storedTask({ state: 'queued' }), context)).toMatchObject({
      position: 3,
      eta_seconds: 200,
      eta_high_seconds: 330,
      gpu: 'busy',
    })
    const running = taskView(storedTask({ state: 'running', stage: 'encode', progress: 12 }), context)
    expect(running).toMatchObject({ position: null, eta_seconds: null, gpu: null, stage: 'encode', progress: 12 })
    expect(taskView(storedTask({ state: 'cancelled', stage: 'encode' }), context).stage).toBe(null)
  })

  it('does not tell the removal of an asset as a place in the line of videos', () => {
    const errand = storedTask({ state: 'queued', targetWorker: 'w_0123456789abcdef' })
    for (const gpu of ['busy', 'offline'] as const) {
      const context = { ...PLAIN, position: 1, gpu }
      expect(taskView(errand, context).message).toBe('Waits for the GPU server that has the files')
      expect(taskView(errand, { ...context, language: 'zh-CN' }).message).toBe('等待存有文件的 GPU 服务器')
    }
  })

  it('maps every word of the API back to its states, each state once', () => {
    expect(HEYGEM_STATUSES.flatMap((word) => statesOf(word)).sort()).toEqual([...TASK_STATES].sort())
  })
})

describe('the words of a waiting task', () => {
  const engine = { name: 'preview', version: '1', features: [], lip_sync: false }
  const OFFLINE: GpuStatus = { status: 'offline', workers: 0, slots: 0, engines: [] }
  const ONLINE: GpuStatus = { status: 'online', workers: 1, slots: 1, engines: [{ ...engine, ready: true }] }

  function scene(estimate: Estimate | null) {
    const clock = createFakeClock()
    const changes = createEmitter<GpuStatus>()
    let now = OFFLINE
    const fleet = {
      status: () => now,
      list: () => world.servers,
      onChange: (listen: (status: GpuStatus) => void) => changes.on(listen),
    }
    const world = {
      estimate,
      isPaused: false,
      servers: [] as readonly GpuServer[],
      kind: 'waiting' as StartOutlook['kind'],
    }
    const views = new TaskViews({
      ...{ fleet, clock },
      queue: {
        position: async () => 3,
        positionOfNew: async (tenant) => (tenant === 't-flood' ? 900 : 1),
        isPaused: async () => world.isPaused,
      },
      estimates: { of: async () => world.estimate, at: async (position) => ({ ...RUNS, seconds: 60 * position }) },
      outlook: () => ({ kind: world.kind }),
    })
    const task = storedTask({ state: 'queued', createdAtMs: clock.now() })
    return {
      ...{ clock, world, views },
      view: (language: 'en' | 'zh-CN' = 'en') => views.of(task, language),
      say: async (language: 'en' | 'zh-CN' = 'en') => (await views.of(task, language)).message,
      become: (status: GpuStatus) => {
        now = status
        changes.emit(status)
      },
    }
  }

  it('promise a start while it is expected, then say that it is late', async () => {
    const { clock, say, world } = scene(STARTUP)
    expect([await say(), await say('zh-CN')]).toEqual(['Queued, about 2 minutes', '任务已排队，请等待约2分钟'])
    world.estimate = { ...STARTUP, seconds: 30 }
    expect([await say(), await say('zh-CN')]).toEqual(['Queued, less than a minute', '任务已排队，请等待不到1分钟'])
    world.estimate = { ...STARTUP, seconds: 50 }
    expect(await say()).toBe('Queued, about 1 minute')
    clock.advance(720_000)
    world.estimate = null
    expect(await say('zh-CN')).toBe('GPU 仍未上线，已等 12 分钟，上线后自动执行')
    expect(await say()).toBe('The GPU is still offline after 12 minutes; the task runs by itself once it is online')
  })

  it('tell a range where one is known, and why it has grown', async () => {
    const { say, become, world } = scene(RUNS)
    become(ONLINE)
    expect(await say('zh-CN')).toBe('排在第 3 位，预计约3–6分钟后开始')
    expect(await say()).toBe('Number 3 in the queue, starts in about 3–6 minutes')
    world.estimate = { ...RUNS, seconds: 20_000, highSeconds: 24_000, reason: 'fewer_servers' }
    expect(await say()).toBe('Number 3 in the queue, starts in about 6–7 hours (fewer GPU servers than before)')
    expect(await say('zh-CN')).toBe('排在第 3 位，预计约6–7小时后开始（GPU 服务器减少）')
  })

  it('say that it waits for another try, also with a slot free, for as long as is known', async () => {
    const { views, clock, become, world } = scene(null)
    become(ONLINE)
    world.servers = [gpuServer()]
    const task = storedTask({ state: 'queued', notBeforeMs: clock.now() + 480_000 })
    const say = async (language: 'en' | 'zh-CN') => (await views.of(task, language)).message
    expect([await say('en'), await say('zh-CN')]).toEqual([
      'Waiting for another try, in about 8 minutes',
      '等待再次尝试，预计约8分钟后开始',
    ])
    const soon = storedTask({ state: 'queued', notBeforeMs: clock.now() + 10_000 })
    expect((await views.of(soon, 'en')).message).toBe('Waiting for another try, in less than a minute')
    expect((await views.of(soon, 'zh-CN')).message).toBe('等待再次尝试，预计不到1分钟后开始')
    world.estimate = { ...RUNS, seconds: 540, highSeconds: 700 }
    expect(await views.of(task, 'en')).toMatchObject({
      ...{ not_before: task.notBeforeMs / 1000, eta_seconds: 540, gpu: null },
      message: 'Waiting for another try, in about 9–12 minutes',
    })
    expect(await views.of(storedTask({ state: 'queued' }), 'en')).not.toHaveProperty('not_before')
  })

  it('of a task that is not submitted yet are of its tenant’s own turn, not of the end of the queue', async () => {
    const { views } = scene(null)
    expect((await views.estimateOfNew('t-flood', 'normal'))?.seconds).toBe(54_000)
    expect((await views.estimateOfNew('t-small', 'normal'))?.seconds).toBe(60)
  })

  it('say that a GPU is starting, and for how long it will', async () => {
    const { say, become } = scene({ ...STARTUP, highSeconds: 170, basis: 'startup_learned' })
    become({ ...OFFLINE, status: 'starting' })
    expect(await say('zh-CN')).toBe('任务已排队，GPU 启动中，请等待约2–3分钟')
    expect(await say()).toBe('Queued, the GPU is starting: about 2–3 minutes')
  })

  it('promise nothing in the first moments of a gateway whose servers are on their way back', async () => {
    const { view, world } = scene(STARTUP)
    world.kind = 'arriving'
    expect(await view()).toMatchObject({ message: 'Number 3 in the queue', gpu: null, eta_seconds: null })
  })

  it('say that no server takes tasks where all are drained or going down, and promise no time', async () => {
    const { clock, view, world } = scene(null)
    world.kind = 'withheld'
    clock.advance(600_000)
    expect(await view()).toMatchObject({
      ...{ gpu: 'offline', eta_seconds: null, eta_basis: null, withheld: true },
      message: 'Queued; no GPU server takes tasks at present, the task runs by itself once one does',
    })
    expect((await view('zh-CN')).message).toBe('任务已排队；GPU 服务器暂不接收任务，恢复接收后自动执行')
    expect(submitAnswer(await view()).withheld).toBe(true)
    world.kind = 'waiting'
    expect((await view()).withheld).toBeUndefined()
  })

  it('count the absence from when the GPU went, not from when the task came', async () => {
    const { clock, say, become, world } = scene(null)
    become(ONLINE)
    clock.advance(3_600_000)
    become(OFFLINE)
    clock.advance(60_000)
    world.estimate = null
    expect(await say()).toBe('The GPU is still offline after 1 minute; the task runs by itself once it is online')
    clock.advance(21 * 3_600_000)
    expect([await say(), await say('zh-CN')]).toEqual([
      'The GPU is still offline after 21 hours; the task runs by itself once it is online',
      'GPU 仍未上线，已等 21 小时，上线后自动执行',
    ])
    world.estimate = { seconds: 100, highSeconds: 170, basis: 'startup_learned', reason: 'gpu_offline' }
    expect([await say(), await say('zh-CN')]).toEqual([
      'Queued, about 2–3 minutes (the GPU went offline)',
      '任务已排队，请等待约2–3分钟（GPU 已离线）',
    ])
  })

  it('say what is missing where a server is online but can run nothing', async () => {
    const { say, become, view } = scene(STARTUP)
    become({ ...ONLINE, engines: [{ ...engine, ready: false, reason: 'FFmpeg is not installed' }] })
    expect(submitAnswer(await view())).toMatchObject({ not_ready: 'FFmpeg is not installed', eta_seconds: null })
    expect(await say()).toBe('The GPU server is not ready; the task runs by itself once it is: FFmpeg is not installed')
    expect(await say('zh-CN')).toBe('GPU 服务器尚未就绪，就绪后自动执行：FFmpeg is not installed')
  })

  it('say that an operator has halted the queue', async () => {
    const { view, become, world } = scene(RUNS)
    become(ONLINE)
    world.isPaused = true
    expect(await view()).toMatchObject({ eta_seconds: null, position: 3, paused: true })
    expect(submitAnswer(await view()).paused).toBe(true)
    expect((await view('zh-CN')).message).toBe('任务已排队；队列已暂停，恢复后自动执行')
  })

  it('say when the task stops waiting, once that is near, but not while the queue is paused', async () => {
    const { clock, views, become, world } = scene(null)
    become(ONLINE)
    const expiresAtMs = clock.now() + 4.5 * 3_600_000
    const say = async (language: 'en' | 'zh-CN' = 'en') =>
      (await views.of(storedTask({ state: 'queued', expiresAtMs, expiresSoon: true }), language)).message
    expect(await say()).toBe('Number 3 in the queue; it expires in about 5 hours if no GPU takes it')
    expect(await say('zh-CN')).toBe('排在第 3 位；如仍未执行，约5小时后过期')
    clock.advance(4.25 * 3_600_000)
    expect(await say()).toBe('Number 3 in the queue; it expires in about 15 minutes if no GPU takes it')
    world.isPaused = true
    expect(await say()).toBe('Queued; the queue is paused, the task runs by itself once it goes on')
  })

  it('give the place alone where nothing is known of the time', async () => {
    const { say, become } = scene(null)
    become(ONLINE)
    expect([await say(), await say('zh-CN')]).toEqual(['Number 3 in the queue', '排在第 3 位'])
  })
})

describe('fieldProgress', () => {
  it('uses the field’s words', () => {
    const words = (['inputs', 'prepare', 'synthesize', 'encode', 'upload'] as const).map(
      (stage) => fieldProgress(taskView(storedTask({ state: 'running', stage }), PLAIN)).status,
    )
    expect(words).toEqual(['processing', 'processing', 'synthesizing', 'encoding', 'encoding'])
    const cancelled = fieldProgress(taskView(storedTask({ state: 'cancelled' }), PLAIN))
    expect([cancelled.status, cancelled.error]).toEqual(['error', 'Cancelled'])
  })
})
