import type { TFunction } from 'i18next'
import { waitedSpan, waitSpan } from '../../../protocol/task/waitSpan.ts'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import type { Format } from '../../i18n/index.ts'

export interface WaitText {
  readonly main: string
  /** Estimate and what it rests on. */
  readonly notes: readonly string[]
  /** What is lost unless somebody acts. */
  readonly warning?: string
}

/** A promise made of a start-up is kept for this long at least before it counts as broken. */
const PATIENCE_SECONDS = 120

type Wait = NonNullable<TaskRecord['wait']>

/** Why a task waits, in words (see the table "Words on screen"): never "about 2 minutes" for the tenth minute. */
export function waitText(wait: Wait, nowMs: number, t: TFunction, format: Format): WaitText {
  const text = withRetry(reasonText(wait, nowMs, t, format), wait, nowMs, t, format)
  // While the queue is paused no waiting time runs on.
  if (wait.expiresAtMs === undefined || wait.isPaused === true) return text
  return { ...text, warning: t('record.waitExpires', { time: format.moment(wait.expiresAtMs, nowMs) }) }
}

function withRetry(text: WaitText, { retryAtMs }: Wait, nowMs: number, t: TFunction, format: Format): WaitText {
  if (retryAtMs === undefined || retryAtMs <= nowMs) return text
  return { ...text, notes: [...text.notes, t('record.waitRetry', { time: format.moment(retryAtMs, nowMs) })] }
}

function reasonText(wait: Wait, nowMs: number, t: TFunction, format: Format): WaitText {
  if (wait.isPaused === true) return { main: t('record.waitPaused'), notes: [] }
  if (wait.notReady !== undefined) return { main: t('record.waitNotReady', { reason: wait.notReady }), notes: [] }
  if (wait.isWithheld === true) return { main: t('record.waitWithheld'), notes: [] }
  const basis = wait.etaBasis === null ? [] : [t(`record.waitBasis.${wait.etaBasis}`)]
  if (wait.gpu === 'offline' || wait.gpu === 'starting') return startText(wait, nowMs, basis, t)
  const main = positionText(wait.position, t)
  const left = timeLeft(wait, nowMs)
  if (left === null) return { main, notes: [] }
  return { main, notes: [rangeText(left, t, format), ...basis, ...reasonNotes(wait, t)] }
}

function reasonNotes({ etaReason }: Wait, t: TFunction): string[] {
  return etaReason === undefined ? [] : [t(`record.waitReason.${etaReason}`)]
}

interface TimeLeft {
  readonly seconds: number
  readonly highSeconds: number | null
}

/** What is left of the estimate since the gateway told it. */
function timeLeft(wait: Wait, nowMs: number): TimeLeft | null {
  if (wait.etaSeconds === null) return null
  const passed = Math.max(0, (nowMs - (wait.etaAtMs ?? nowMs)) / 1000)
  const high = wait.etaHighSeconds ?? null
  return {
    seconds: Math.max(1, wait.etaSeconds - passed),
    highSeconds: high === null ? null : Math.max(1, high - passed),
  }
}

function rangeText({ seconds, highSeconds }: TimeLeft, t: TFunction, format: Format): string {
  return t('record.waitEta', { time: format.spanRange(seconds, highSeconds ?? seconds) })
}

function startText(wait: Wait, nowMs: number, basis: readonly string[], t: TFunction): WaitText {
  const isStarting = wait.gpu === 'starting'
  const waitedSeconds = Math.max(0, (nowMs - (wait.gpuOffSinceMs ?? wait.sinceMs)) / 1000)
  const isLate = waitedSeconds > Math.max(PATIENCE_SECONDS, wait.etaHighSeconds ?? wait.etaSeconds ?? 0)
  if (!isStarting && isLate) return { main: offlineText(waitedSeconds, t), notes: [] }
  const left = timeLeft(wait, nowMs)
  if (left === null) return { main: t(isStarting ? 'record.waitStarting' : 'record.waitOfflineNew'), notes: [] }
  const notes = [...(isStarting ? [t('record.waitStarting')] : []), ...basis, ...reasonNotes(wait, t)]
  return { main: spanText(left, t), notes }
}

function offlineText(waitedSeconds: number, t: TFunction): string {
  const { unit, count } = waitedSpan(waitedSeconds)
  return t(unit === 'hour' ? 'record.waitOfflineHours' : 'record.waitOffline', { count })
}

function spanText({ seconds, highSeconds }: TimeLeft, t: TFunction): string {
  const span = waitSpan(seconds, highSeconds)
  if (span === null) return t('record.waitUnder')
  const { unit, low, high } = span
  if (high > low) return t(unit === 'hour' ? 'record.waitRangeHours' : 'record.waitRange', { low, high })
  return t(unit === 'hour' ? 'record.waitAboutHours' : 'record.waitAbout', { count: high })
}

function positionText(position: number | null, t: TFunction): string {
  if (position === null) return t('record.waitPlain')
  if (position === 1) return t('record.waitNext')
  return t('record.waitPosition', { count: position, ordinal: true })
}
