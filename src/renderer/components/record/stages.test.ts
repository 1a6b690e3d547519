import { describe, expect, it } from 'vitest'
import { activeRecord, NOW_MS, sampleRecord } from '../../testing/samples.ts'
import { stagesOf } from './stages.ts'

const states = (record: Parameters<typeof stagesOf>[0]): string =>
  stagesOf(record, NOW_MS)
    .map(({ stage, state }) => `${stage}:${state}`)
    .join(' ')

describe('stages', () => {
  it('take steps of one kind together and count the current one on', () => {
    const record = activeRecord(1, 'synthesize')
    expect(states(record)).toBe('upload:done wait:done prepare:done synthesize:active encode:todo download:todo')
    const [upload, , , synthesize] = stagesOf(record, NOW_MS)
    expect(upload?.durationMs).toBe(760)
    expect(synthesize?.durationMs).toBeGreaterThan(9_000)
  })

  it('are skipped where a task went past them without a step, and only there', () => {
    const running = activeRecord(1, 'encode')
    const without = (record: typeof running) => ({
      ...record,
      timeline: record.timeline.filter(({ step }) => step !== 'synthesize'),
    })
    expect(states(without(running))).toBe(
      'upload:done wait:done prepare:done synthesize:skipped encode:active download:todo',
    )
    expect(states(without(sampleRecord(1)))).toBe(
      'upload:done wait:done prepare:done synthesize:skipped encode:done download:done',
    )
    const skipped = stagesOf(without(running), NOW_MS).find(({ stage }) => stage === 'synthesize')
    expect(skipped?.durationMs).toBeNull()
  })

  it('stop where a task failed', () => {
    const record = { ...activeRecord(1, 'prepare'), phase: 'failed' as const, endedAtMs: NOW_MS }
    expect(states(record)).toBe('upload:done wait:done prepare:stopped synthesize:todo encode:todo download:todo')
  })

  it('are all done with the task, and none is begun before its first step', () => {
    expect(new Set(stagesOf(sampleRecord(1), NOW_MS).map(({ state }) => state))).toEqual(new Set(['done']))
    const fresh = sampleRecord(1, { phase: 'hashing', endedAtMs: null, timeline: [] })
    expect(stagesOf(fresh, NOW_MS).every(({ state, durationMs }) => state === 'todo' && durationMs === null)).toBe(true)
  })
})
