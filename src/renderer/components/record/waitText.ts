import type { TFunction } from 'i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import type { Format } from '../../i18n/index.ts'

export interface WaitText {
  readonly main: string
  /** Estimate and what it rests on. */
  readonly notes: readonly string[]
}

/** A promise made of a start-up is kept for this long at least before it counts as broken. */
const PATIENCE_SECONDS = 120

/** Why a task waits, in words (see the table "Words on screen"): never "about 2 minutes" for the tenth minute. */
export function waitText(wait: NonNullable<TaskRecord['wait']>, nowMs: number, t: TFunction, format: Format): WaitText {
  const waitedSeconds = Math.max(0, (nowMs - wait.sinceMs) / 1000)
  const notes = wait.etaBasis === null ? [] : [t(`record.waitBasis.${wait.etaBasis}`)]
  if (wait.gpu === 'offline' || wait.gpu === 'starting') return startText(wait, waitedSeconds, notes, t)
  const eta = wait.etaSeconds === null ? [] : [t('record.waitEta', { time: format.span(Math.max(1, wait.etaSeconds)) })]
  return { main: positionText(wait.position, t), notes: [...eta, ...(wait.etaSeconds === null ? [] : notes)] }
}

function startText(
  { gpu, etaSeconds }: NonNullable<TaskRecord['wait']>,
  waitedSeconds: number,
  basis: readonly string[],
  t: TFunction,
): WaitText {
  const isLate = waitedSeconds > Math.max(PATIENCE_SECONDS, etaSeconds ?? 0)
  if (gpu === 'offline' && isLate) {
    return { main: t('record.waitOffline', { count: Math.floor(waitedSeconds / 60) }), notes: [] }
  }
  const starting = gpu === 'starting' ? [t('record.waitStarting')] : []
  if (etaSeconds === null) {
    return { main: gpu === 'starting' ? t('record.waitStarting') : t('record.waitOfflineNew'), notes: [] }
  }
  const main = etaSeconds < 60 ? t('record.waitUnder') : t('record.waitAbout', { count: Math.round(etaSeconds / 60) })
  return { main, notes: [...starting, ...basis] }
}

function positionText(position: number | null, t: TFunction): string {
  if (position === null) return t('record.waitPlain')
  if (position === 1) return t('record.waitNext')
  return t('record.waitPosition', { count: position, ordinal: true })
}
