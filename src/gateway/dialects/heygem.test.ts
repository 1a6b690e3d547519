import { describe, expect, it } from 'vitest'
import type { GpuStatus } from '../../protocol/events/index.ts'
import { HEYGEM_STATUSES, TASK_STATES, taskViewSchema } from '../../protocol/task/index.ts'
import { createEmitter, createFakeClock } from '../../shared/index.ts'
import { storedTask } from '../testing/storedTask.ts'
import { fieldProgress } from './fieldProgress.ts'
import { statesOf, taskView } from './heygem.ts'
import type { Estimate, ViewContext } from './heygem.ts'
import { TaskViews } from './taskViews.ts'

const PLAIN: ViewContext = { language: 'en', position: null, estimate: null, gpu: null, waitedMs: 0, notReady: null }

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
    const context = { ...PLAIN, position: 3, estimate: { seconds: 200, basis: 'runs' }, gpu: 'busy' } as const
    expect(taskView(storedTask({ state: 'queued' }), context)).toMatchObject({
      position: 3,
      eta_seconds: 200,
      gpu: 'busy',
    })
    const running = taskView(storedTask({ state: 'running', stage: 'encode', progress: 12 }), context)
    expect(running).toMatchObject({ position: null, eta_seconds: null, gpu: null, stage: 'encode', progress: 12 })
    expect(taskView(storedTask({ state: 'cancelled', stage: 'encode' }), context).stage).toBe(null)
  })

  it('maps every word of the API back to its states, each state once', () => {
    expect(HEYGEM_STATUSES.flatMap((word) => statesOf(word)).sort()).toEqual([...TASK_STATES].sort())
  })
})

describe('the words of a waiting task', () => {
  const engine = { name: 'preview', version: '1', features: [], lip_sync: false }
  const OFFLINE: GpuStatus = { status: 'offline', workers: 0, slots: 0, engines: [] }
  const ONLINE: GpuStatus = { status: 'online', workers: 1, slots: 1, engines: [{ ...engine, ready: true }] }

  function scene(estimate: Estimate | null): {
    readonly clock: ReturnType<typeof createFakeClock>
    readonly say: (language?: 'en' | 'zh-CN') => Promise<string>
    readonly become: (status: GpuStatus) => void
  } {
    const clock = createFakeClock()
    const changes = createEmitter<GpuStatus>()
    let now = OFFLINE
    const fleet = {
      status: () => now,
      list: () => [],
      onChange: (listen: (status: GpuStatus) => void) => changes.on(listen),
    }
    const views = new TaskViews({ queue: { position: async () => 3 }, fleet, clock, estimate: async () => estimate })
    const task = storedTask({ state: 'queued', createdAtMs: clock.now() })
    return {
      clock,
      say: async (language = 'en') => (await views.of(task, language)).message,
      become: (status) => {
        now = status
        changes.emit(status)
      },
    }
  }

  it('run down while the GPU is away, then say that it is late', async () => {
    const { clock, say } = scene({ seconds: 120, basis: 'startup_default' })
    expect([await say(), await say('zh-CN')]).toEqual(['Queued, about 2 minutes', '任务已排队，请等待约2分钟'])
    clock.advance(90_000)
    expect(await say()).toBe('Queued, about 1 minute')
    clock.advance(630_000)
    expect(await say('zh-CN')).toBe('GPU 仍未上线，已等 12 分钟，上线后自动执行')
    expect(await say()).toBe('The GPU is still offline after 12 minutes; the task runs by itself once it is online')
  })

  it('count the absence from when the GPU went, not from when the task came', async () => {
    const { clock, say, become } = scene({ seconds: 120, basis: 'startup_default' })
    become(ONLINE)
    clock.advance(3_600_000)
    expect(await say('zh-CN')).toBe('排在第 3 位，预计约 2 分钟后开始')
    become(OFFLINE)
    expect(await say()).toBe('Queued, about 2 minutes')
  })

  it('say what is missing where a server is online but can run nothing', async () => {
    const { say, become } = scene({ seconds: 120, basis: 'startup_default' })
    become({ ...ONLINE, engines: [{ ...engine, ready: false, reason: 'FFmpeg is not installed' }] })
    expect(await say()).toBe('The GPU server is not ready; the task runs by itself once it is: FFmpeg is not installed')
    expect(await say('zh-CN')).toBe('GPU 服务器尚未就绪，就绪后自动执行：FFmpeg is not installed')
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
