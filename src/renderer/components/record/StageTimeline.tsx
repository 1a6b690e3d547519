import { VisuallyHidden } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { useFormat } from '../../hooks/useLanguage.ts'
import { stagesOf } from './stages.ts'
import type { StageView } from './stages.ts'

/** Upload → wait → prepare → synthesize → encode → download, with what each took. */
export function StageTimeline({ record, nowMs }: { readonly record: TaskRecord; readonly nowMs: number }) {
  const { t } = useTranslation()
  return (
    <ol className="stages" aria-label={t('record.timeline')}>
      {stagesOf(record, nowMs).map((view) => (
        <StageItem key={view.stage} view={view} />
      ))}
    </ol>
  )
}

function StageItem({ view }: { readonly view: StageView }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <li className="stage" data-state={view.state} {...(view.state === 'active' ? { 'aria-current': 'step' } : {})}>
      <span className="stage-dot" aria-hidden>
        {view.state === 'done' && <IconCheck size={10} stroke={3} />}
        {view.state === 'stopped' && <IconX size={10} stroke={3} />}
      </span>
      <span className="stage-name">{t(`record.stage.${view.stage}`)}</span>
      {view.state === 'skipped' && <VisuallyHidden>{t('record.skipped')}</VisuallyHidden>}
      {view.durationMs !== null && <span className="stage-time tabular">{format.brief(view.durationMs)}</span>}
    </li>
  )
}
