import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/index.ts'
import { createFormat, createI18n } from '../../i18n/index.ts'
import { sampleFile, samplePreflight, sampleVoice } from '../../testing/samples.ts'
import { preflightRows, submitBlock } from './preflightRows.ts'
import { guessRole, probedRole, refusalOf } from './slotRole.ts'

const { t } = await createI18n('en')
const upload = (avatar: 'unknown' | 'needed' | 'stored', voice: 'unknown' | 'needed' | 'stored', bytes: number) =>
  preflightRows(samplePreflight({ upload: { avatar, voice, bytes } }), t, createFormat('en')).find(
    ({ key }) => key === 'upload',
  )

describe('preflight rows', () => {
  it('tell what travels and what is already there', () => {
    expect(upload('unknown', 'needed', 0)).toEqual({ key: 'upload', value: 'Checking…' })
    expect(upload('needed', 'needed', 906_388)).toEqual({ key: 'upload', value: '906 kB' })
    expect(upload('stored', 'needed', 257_164)).toEqual({
      key: 'upload',
      value: '257 kB',
      note: 'avatar already on the server',
    })
    expect(upload('stored', 'stored', 0)).toEqual({ key: 'upload', value: 'Already on the server', good: true })
  })

  it('give an estimate with its basis, or say that there is none', () => {
    const value = (seconds: number | null, highSeconds: number | null = null) =>
      preflightRows(
        samplePreflight({ estimate: seconds === null ? null : { seconds, highSeconds, basis: 'startup_default' } }),
        t,
        createFormat('en'),
      ).find(({ key }) => key === 'estimate')
    expect(value(128)).toEqual({
      key: 'estimate',
      value: 'About 2 min',
      note: 'includes the GPU’s usual start-up',
    })
    expect(value(128, 300)?.value).toBe('About 2–5 min')
    expect(value(128, 130)?.value).toBe('About 2 min')
    expect(value(null)?.value).toBe('Not known yet')
  })
})

describe('submit', () => {
  const files = { avatar: sampleFile(), voice: sampleVoice() }
  const problem = { ...new AppError('NO_AUDIO').toJSON(), data: {}, role: 'voice' as const }

  it('is blocked by what is missing, then by what is wrong', () => {
    expect(submitBlock({ ...files, voice: null }, undefined, true)).toBe('incomplete')
    expect(submitBlock(files, undefined, false)).toBe('link')
    expect(submitBlock(files, undefined, true)).toBe('checking')
    expect(submitBlock(files, samplePreflight({ ok: false, problems: [problem] }), true)).toBe('problems')
    expect(submitBlock(files, samplePreflight({ warnings: ['gpu_offline', 'gateway_offline'] }), true)).toBeNull()
  })
})

describe('the place of a dropped file', () => {
  it('follows what it is', () => {
    expect(guessRole({ name: 'a.mp4', type: 'video/mp4' })).toBe('avatar')
    expect(guessRole({ name: 'a.bin', type: 'audio/wav' })).toBe('voice')
    expect(guessRole({ name: 'a.FLAC', type: '' })).toBe('voice')
    expect(probedRole(sampleVoice())).toBe('voice')
    expect(probedRole(sampleFile())).toBe('avatar')
    expect(probedRole({ probe: null })).toBeNull()
  })
})

describe('what cannot be used at all', () => {
  it('is told by its kind; what may be media is left to the studio', () => {
    expect(refusalOf({ type: '' }, true)).toBe('folder')
    for (const type of ['application/pdf', 'image/png', 'text/plain', 'application/zip', 'application/vnd.ms-excel']) {
      expect(refusalOf({ type }, false)).toBe('kind')
    }
    for (const type of [
      '',
      'video/mp4',
      'audio/wav',
      'application/octet-stream',
      'application/ogg',
      'application/mxf',
    ]) {
      expect(refusalOf({ type }, false)).toBeNull()
    }
  })
})
