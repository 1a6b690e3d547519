import type { TFunction } from 'i18next'
import type { FileView, Preflight } from '../../../protocol/studio/index.ts'
import type { Format } from '../../i18n/index.ts'

export interface PreflightRow {
  readonly key: 'length' | 'upload' | 'estimate' | 'engine'
  readonly value: string
  readonly note?: string
  readonly good?: boolean
}

/** The facts of a preflight, one per line. */
export function preflightRows(preflight: Preflight, t: TFunction, format: Format): PreflightRow[] {
  const { outputDurationMs, estimate, engine } = preflight
  return [
    { key: 'length', value: outputDurationMs === null ? '–' : format.length(outputDurationMs) },
    { key: 'upload', ...uploadText(preflight, t, format) },
    {
      key: 'estimate',
      ...(estimate === null
        ? { value: t('compose.preflight.estimateUnknown') }
        : {
            value: estimateText(estimate, t, format),
            note: t(`compose.preflight.basis.${estimate.basis}`),
          }),
    },
    { key: 'engine', value: engine?.name ?? t('compose.preflight.engineNone') },
  ]
}

function estimateText(
  { seconds, highSeconds }: NonNullable<Preflight['estimate']>,
  t: TFunction,
  format: Format,
): string {
  const time = format.spanRange(Math.max(1, seconds), Math.max(1, highSeconds ?? seconds))
  return t('compose.preflight.estimateValue', { time })
}

function uploadText(
  { upload, warnings }: Preflight,
  t: TFunction,
  format: Format,
): Pick<PreflightRow, 'value' | 'note' | 'good'> {
  const { avatar, voice, bytes } = upload
  if (avatar === 'unknown' || voice === 'unknown') {
    // Without the gateway nobody is checking.
    const offline = warnings.includes('gateway_offline')
    return { value: t(offline ? 'compose.preflight.estimateUnknown' : 'compose.preflight.uploadChecking') }
  }
  if (avatar === 'stored' && voice === 'stored') return { value: t('compose.preflight.uploadNone'), good: true }
  const value = format.bytes(bytes)
  if (avatar === 'stored') return { value, note: t('compose.preflight.uploadPartAvatar') }
  return voice === 'stored' ? { value, note: t('compose.preflight.uploadPartVoice') } : { value }
}

/** What stands in the way of a submit, strongest first; null: nothing. */
export function submitBlock(
  files: { readonly avatar: FileView | null; readonly voice: FileView | null },
  preflight: Preflight | undefined,
  linkOpen: boolean,
): 'incomplete' | 'link' | 'checking' | 'problems' | null {
  if (files.avatar === null || files.voice === null) return 'incomplete'
  if (!linkOpen) return 'link'
  if (preflight === undefined) return 'checking'
  return preflight.ok && preflight.problems.length === 0 ? null : 'problems'
}
