import { ActionIcon, Button } from '@mantine/core'
import { IconInfoCircle, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { PreviewTag } from '../../components/PreviewTag.tsx'
import { StageTimeline } from '../../components/record/StageTimeline.tsx'
import { useFormat } from '../../hooks/useLanguage.ts'
import { useOverlays } from '../../hooks/overlays.ts'
import { useRecordActions } from '../../hooks/useRecordActions.ts'
import { TaskNow } from './TaskNow.tsx'
import { Tip } from '../../components/Tip.tsx'

/** A task that is on its way: name, stages, and the one line about now. */
export function ActiveTask({ record, nowMs }: { readonly record: TaskRecord; readonly nowMs: number }) {
  const { t } = useTranslation()
  const format = useFormat()
  const actions = useRecordActions()
  const show = useOverlays((overlays) => overlays.show)
  return (
    <article className="task" data-phase={record.phase}>
      <div className="task-head">
        <div className="task-titles">
          <div className="task-title-line">
            <h3 className="task-title" title={record.name}>
              {record.name}
            </h3>
            {record.lipSync === false && <PreviewTag />}
          </div>
          <div className="task-inputs">
            <span>{t('record.inputs', { avatar: record.avatar.name, voice: record.voice.name })}</span>
            <span className="tabular">{format.length(record.voice.durationMs)}</span>
            {record.serverId !== null && <span className="tabular">{record.serverId}</span>}
          </div>
        </div>
        <Tip label={t('tasks.details')}>
          <ActionIcon aria-label={t('tasks.details')} onClick={() => show({ details: record.id })}>
            <IconInfoCircle size={16} />
          </ActionIcon>
        </Tip>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconX size={14} />}
          disabled={record.cancelling}
          onClick={() => void actions.cancel(record)}
        >
          {record.cancelling ? t('tasks.cancelling') : t('common.cancel')}
        </Button>
      </div>
      <StageTimeline record={record} nowMs={nowMs} />
      <TaskNow record={record} nowMs={nowMs} />
    </article>
  )
}
