import { describe, expect, it } from 'vitest'
import { ANY_VOICE } from '../estimates/runModel.ts'
import { estimateStart } from './eta.ts'

const stat = (engine: string, medianMs: number) => ({
  ...{ taskType: 'heygem_submit', engine, bucket: ANY_VOICE, runs: 3, medianMs, voiceMs: null, spread: 0 },
})
const KNOWN = [stat('preview', 10_000), stat('lips', 30_000)]

describe('estimateStart', () => {
  it('is the usual start of a GPU server while none is online', () => {
    const input = { position: 5, slots: 0, engines: [], stats: KNOWN }
    expect(estimateStart(input)).toEqual({ seconds: 120, basis: 'startup_default' })
  })

  it('shares the runs before it among the slots', () => {
    const input = { position: 6, slots: 2, engines: ['preview'], stats: KNOWN }
    expect(estimateStart(input)).toEqual({ seconds: 30, basis: 'runs' })
    expect(estimateStart({ ...input, engines: ['preview', 'lips'] })).toEqual({ seconds: 60, basis: 'runs' })
  })

  it('is unknown until a run of an engine that is online has finished', () => {
    const input = { position: 1, slots: 1, engines: ['other'], stats: KNOWN }
    expect(estimateStart(input)).toBeNull()
    expect(estimateStart({ ...input, engines: [] })).toBeNull()
  })
})
