import type { TFunction } from 'i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import type { Format } from '../../i18n/index.ts'

export interface DetailRow {
  readonly label: string
  readonly value: string
  readonly mono?: boolean
  readonly missing?: boolean
}

/** The facts of a task in reading order; what is not known is left out. */
export function detailRows(record: TaskRecord, t: TFunction, format: Format): DetailRow[] {
  const { avatar, voice, output } = record
  return [
    { label: t('record.details.created'), value: format.exact(record.createdAtMs) },
    ...optional(t('record.details.ended'), record.endedAtMs === null ? null : format.exact(record.endedAtMs)),
    { label: t('record.details.avatar'), value: inputText(avatar, format), missing: !avatar.available },
    { label: t('record.details.voice'), value: inputText(voice, format), missing: !voice.available },
    { label: t('record.details.options'), value: optionText(record.options, t) },
    ...(output === null ? [] : [{ label: t('record.details.result'), value: outputText(output, format) }]),
    ...optional(t('record.details.engine'), record.engine),
    ...optional(t('record.details.server'), record.serverId),
    ...optional(t('record.details.taskId'), record.taskId, true),
    { label: t('record.details.requestId'), value: record.requestId, mono: true },
    ...optional(t('record.details.sha256'), output?.sha256 ?? null, true),
    ...optional(t('record.details.retryOf'), record.retryOf, true),
  ]
}

const optional = (label: string, value: string | null, mono = false): DetailRow[] =>
  value === null ? [] : [{ label, value, mono }]

const inputText = (input: TaskRecord['avatar'], format: Format): string =>
  `${input.name} · ${format.length(input.durationMs)} · ${format.bytes(input.sizeBytes)}`

const outputText = (output: NonNullable<TaskRecord['output']>, format: Format): string =>
  [
    output.fileName,
    format.length(output.durationMs),
    `${output.width}×${output.height}`,
    format.bytes(output.sizeBytes),
  ].join(' · ')

function optionText(options: TaskRecord['options'], t: TFunction): string {
  return [
    t(options.loop === 'pingpong' ? 'record.details.loopPingpong' : 'record.details.loopRestart'),
    ...(options.superResolution ? [t('record.details.superResolution')] : []),
    ...(options.aiBadge ? [t('record.details.aiBadge')] : []),
  ].join(' · ')
}
