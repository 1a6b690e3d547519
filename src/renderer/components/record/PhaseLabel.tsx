import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'

const TONES = {
  done: 'success',
  failed: 'danger',
  cancelled: 'muted',
} as const

/** The state of a record as a dot and a word. */
export function PhaseLabel({ record }: { readonly record: Pick<TaskRecord, 'phase' | 'cancelling' | 'blocked'> }) {
  const { t } = useTranslation()
  const { phase, cancelling, blocked } = record
  const ended = phase === 'done' || phase === 'failed' || phase === 'cancelled'
  const tone = ended ? TONES[phase] : blocked === null ? 'accent' : 'warn'
  return (
    <span className="phase" data-tone={tone}>
      <span className="phase-dot" aria-hidden />
      {cancelling && !ended ? t('tasks.cancelling') : t(`record.phase.${phase}`)}
    </span>
  )
}
