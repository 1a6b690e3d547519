import { describe, expect, it } from 'vitest'
import type { TaskRecord } from '../../protocol/studio/index.ts'
import { interruptionOf, stageSentence } from './sentences.ts'

type Wait = NonNullable<TaskRecord['wait']>

describe('a task in line', () => {
  const said = (over: Partial<Wait>, language: 'en' | 'zh-CN' = 'en'): string => {
    const wait = { position: 2, etaSeconds: null, etaBasis: null, gpu: null, sinceMs: 0, ...over }
    return stageSentence('queued', { wait }, language)
  }

  it('is told its place and time, in minutes and hours as everywhere', () => {
    const busy = { gpu: 'busy', etaSeconds: 150, etaHighSeconds: 230, etaBasis: 'runs' } as const
    expect(said(busy)).toBe('Queued, number 2 in line, starts in about 3–4 minutes')
    expect(said(busy, 'zh-CN')).toBe('任务已排队，排在第 2 位，约 3–4 分钟后开始')
    expect(said({ ...busy, etaSeconds: 7_200, etaHighSeconds: 14_400 })).toContain('starts in about 2–4 hours')
    expect(said({ ...busy, etaSeconds: 10, etaHighSeconds: 20 })).toContain('starts in less than a minute')
  })

  it('is told what it waits for where nobody knows how long', () => {
    expect(said({ gpu: 'offline' })).toBe('Queued; no GPU is online, it will run when one is')
    expect(said({ gpu: 'offline', isWithheld: true })).toBe(
      'Queued; no GPU server takes tasks at present, it will run once one does',
    )
    expect(said({ gpu: 'offline', isPaused: true })).toBe('Queued; the queue is paused, it will run once that ends')
  })
})

it.each([
  ['cancelled', false, 'cancelled'],
  ['running', true, 'unconfirmed'],
  ['uploading', false, 'paused'],
] as const)('says of a task that is %s (cancelling: %s) no more than is true: %s', (phase, cancelling, expected) => {
  const record: Pick<TaskRecord, 'phase' | 'cancelling'> = { phase, cancelling }
  expect(interruptionOf(record)).toBe(expected)
})
