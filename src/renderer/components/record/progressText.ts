import type { TFunction } from 'i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import type { Format } from '../../i18n/index.ts'

export interface ProgressText {
  /** What is being done. */
  readonly what: string
  /** Known amounts: frames or bytes, rate, resumed from. */
  readonly amounts: readonly string[]
  /** Percent and time left where known, else the time it has taken. */
  readonly time: readonly string[]
  /** 0–1 or null: nobody tells. */
  readonly fraction: number | null
}

/** The line of a running step. Says only what was told: without a fraction there is no percent, but the time so far. */
export function progressText(record: TaskRecord, nowMs: number, t: TFunction, format: Format): ProgressText {
  const { progress } = record
  const current = record.timeline.at(-1)
  const step = progress?.step ?? current?.step
  const elapsed =
    current === undefined ? null : t('record.elapsed', { time: format.span((nowMs - current.startedAtMs) / 1000) })
  const what = step === undefined ? t(`record.phase.${record.phase}`) : t(`record.step.${step}`)
  if (progress === null) return { what, amounts: [], time: elapsed === null ? [] : [elapsed], fraction: null }
  const { fraction, secondsLeft } = progress
  const time = [
    ...(fraction === null ? [] : [format.percent(fraction)]),
    ...(secondsLeft === null ? [] : [t('record.left', { time: format.span(secondsLeft) })]),
  ]
  const told = time.length > 0 && (fraction !== null || secondsLeft !== null)
  return { what, amounts: amounts(progress, t, format), time: told || elapsed === null ? time : [elapsed], fraction }
}

function amounts(progress: NonNullable<TaskRecord['progress']>, t: TFunction, format: Format): string[] {
  const { frame, totalFrames, bytesDone, bytesTotal, bytesPerSecond, resumedFromBytes } = progress
  const parts: string[] = []
  if (frame !== null && totalFrames !== null) {
    parts.push(t('record.frames', { frame: format.number(frame), total: format.number(totalFrames) }))
  }
  if (bytesDone !== null && bytesTotal !== null) {
    parts.push(t('record.bytes', { done: format.bytes(bytesDone), total: format.bytes(bytesTotal) }))
  }
  if (bytesPerSecond !== null) parts.push(t('record.rate', { bytes: format.bytes(bytesPerSecond) }))
  if (resumedFromBytes !== null) parts.push(t('record.resumed', { bytes: format.bytes(resumedFromBytes) }))
  return parts
}
