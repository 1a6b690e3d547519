import { describe, expect, it } from 'vitest'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { createFormat, createI18n } from '../../i18n/index.ts'
import { NOW_MS } from '../../testing/samples.ts'
import { waitText } from './waitText.ts'

type Wait = NonNullable<TaskRecord['wait']>

const en = await createI18n('en')
const zh = await createI18n('zh-CN')

const wait = (over: Partial<Wait>): Wait => ({
  position: 1,
  etaSeconds: null,
  etaBasis: null,
  gpu: null,
  sinceMs: NOW_MS - 10_000,
  ...over,
})
const english = (over: Partial<Wait>) => waitText(wait(over), NOW_MS, en.t, createFormat('en'))
const chinese = (over: Partial<Wait>) => waitText(wait(over), NOW_MS, zh.t, createFormat('zh-CN'))

describe('waiting text', () => {
  it('promises about two minutes while a start-up is expected, and says what that rests on', () => {
    const starting = { gpu: 'offline', etaSeconds: 110, etaBasis: 'startup_default' } as const
    expect(chinese(starting).main).toBe('任务已排队，请等待约 2 分钟')
    expect(english(starting)).toEqual({
      main: 'Queued, about 2 minutes',
      notes: ['estimate from the usual GPU start-up'],
    })
  })

  it('says when a task that failed is tried again, until that time', () => {
    const retryAtMs = NOW_MS + 4 * 60_000
    const at = createFormat('en').moment(retryAtMs, NOW_MS)
    expect(english({ gpu: 'busy', retryAtMs }).notes).toContain(`a try failed, the next one is at ${at}`)
    expect(english({ gpu: 'busy', retryAtMs: NOW_MS - 1 }).notes).toEqual([])
  })

  it('counts from when the GPU went off, not from when the waiting began', () => {
    const wentOff = { gpu: 'offline', etaSeconds: 110, etaBasis: 'startup_learned' } as const
    const since = { sinceMs: NOW_MS - 60 * 60_000, gpuOffSinceMs: NOW_MS - 10_000 }
    expect(english({ ...wentOff, ...since }).main).toBe('Queued, about 2 minutes')
    expect(english({ ...wentOff, ...since, gpuOffSinceMs: NOW_MS - 12 * 60_000 }).main).toContain('after 12 minutes')
  })

  it('tells a range where one is known, which runs down, and why it has grown', () => {
    const told = { gpu: 'offline', etaSeconds: 150, etaHighSeconds: 230, etaBasis: 'startup_learned' } as const
    expect(english(told).main).toBe('Queued, about 3–4 minutes')
    expect(chinese({ ...told, gpu: 'starting' })).toEqual({
      main: '任务已排队，请等待约 3–4 分钟',
      notes: ['GPU 启动中', chinese(told).notes[0]],
    })
    const hours = { ...told, etaSeconds: 2 * 3_600, etaHighSeconds: 4 * 3_600 }
    expect([english(hours).main, chinese(hours).main]).toEqual([
      'Queued, about 2–4 hours',
      '任务已排队，请等待约 2–4 小时',
    ])
    expect(english({ ...told, etaAtMs: NOW_MS - 60_000 }).main).toBe('Queued, about 2–3 minutes')
    expect(english({ ...told, etaReason: 'gpu_offline' }).notes.at(-1)).toBe('later: the GPU went offline')
    const busy = { gpu: 'busy', position: 2, etaSeconds: 120, etaHighSeconds: 300, etaBasis: 'runs' } as const
    expect(english({ ...busy, etaReason: 'fewer_servers' })).toEqual({
      main: '2nd in line',
      notes: ['about 2–5 min', 'estimate from earlier runs', 'later: fewer GPU servers than before'],
    })
  })

  it('says until when it waits, once that is near', () => {
    const near = { position: 3, gpu: 'busy', expiresAtMs: NOW_MS + 3 * 3_600_000 } as const
    const time = (language: 'en' | 'zh-CN') => createFormat(language).moment(near.expiresAtMs, NOW_MS)
    expect(english(near)).toEqual({
      main: '3rd in line',
      notes: [],
      warning: `waits until ${time('en')}, then it expires`,
    })
    expect(chinese({ ...near, gpu: 'offline' }).warning).toBe(`最多等到 ${time('zh-CN')}，之后过期`)
  })

  it('does not call a GPU offline that an operator keeps from taking tasks, however long', () => {
    const withheld = { gpu: 'offline', isWithheld: true, sinceMs: NOW_MS - 3_600_000 } as const
    expect(english(withheld)).toEqual({
      main: 'No GPU server takes tasks at present; it will run once one does',
      notes: [],
    })
    expect(chinese(withheld).main).toBe('GPU 服务器暂不接收任务，恢复接收后自动执行')
  })

  it('says that nothing moves while the queue is paused', () => {
    const paused = { position: 1, gpu: 'busy', isPaused: true, expiresAtMs: NOW_MS + 60_000 } as const
    expect(english(paused)).toEqual({
      main: 'The queue is paused by its operator; it will run once that ends',
      notes: [],
    })
    expect(chinese({ ...paused, gpu: 'offline' }).main).toBe('队列已被管理员暂停，恢复后自动执行')
  })

  it('says which engine is not ready, where a server is online', () => {
    expect(english({ gpu: 'offline', notReady: 'FFmpeg is not installed' }).main).toBe(
      'The GPU server is not ready: FFmpeg is not installed',
    )
  })

  it('takes the promise back when the time is over', () => {
    const late = { gpu: 'offline', etaSeconds: 110, sinceMs: NOW_MS - 12 * 60_000 } as const
    expect(chinese(late).main).toBe('GPU 仍未上线，已等 12 分钟，上线后自动执行')
    expect(chinese({ ...late, sinceMs: NOW_MS - 21.5 * 3_600_000 }).main).toBe(
      'GPU 仍未上线，已等 21 小时，上线后自动执行',
    )
    expect(english({ ...late, etaSeconds: null }).main).toBe(
      'GPU still offline after 12 minutes; it will run when the GPU comes online',
    )
  })

  it('promises nothing that nobody told', () => {
    expect(english({ gpu: 'offline' })).toEqual({
      main: 'GPU is offline; it will run when the GPU comes online',
      notes: [],
    })
  })

  it('tells the place in the line', () => {
    expect([1, 2, 3, 4, 11, 21].map((position) => english({ position, gpu: 'busy' }).main)).toEqual([
      'Next in line',
      '2nd in line',
      '3rd in line',
      '4th in line',
      '11th in line',
      '21st in line',
    ])
    expect(chinese({ position: 3, gpu: 'busy' }).main).toBe('排在第 3 位')
  })
})
