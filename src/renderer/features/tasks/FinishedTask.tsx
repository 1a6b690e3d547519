import { ActionIcon, Button } from '@mantine/core'
import { IconInfoCircle, IconPlayerPlayFilled, IconRefresh } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { PreviewTag } from '../../components/PreviewTag.tsx'
import { PhaseLabel } from '../../components/record/PhaseLabel.tsx'
import { Poster } from '../../components/record/Poster.tsx'
import { useFormat } from '../../hooks/useLanguage.ts'
import { useOverlays } from '../../hooks/overlays.ts'
import { useRecordActions } from '../../hooks/useRecordActions.ts'
import { Tip } from '../../components/Tip.tsx'

/** A task that ended today: its picture and the next step. */
export function FinishedTask({ record, nowMs }: { readonly record: TaskRecord; readonly nowMs: number }) {
  const { t } = useTranslation()
  const format = useFormat()
  const show = useOverlays((overlays) => overlays.show)
  const actions = useRecordActions()
  const tookSeconds = Math.max(1, ((record.endedAtMs ?? nowMs) - record.createdAtMs) / 1000)
  const playable = record.output !== null && !record.output.missing
  return (
    <article className="task task-finished" data-phase={record.phase}>
      <div className="task-head">
        <Poster record={record} />
        <div className="task-titles">
          <div className="task-title-line">
            <h3 className="task-title" title={record.name}>
              {record.name}
            </h3>
            {record.lipSync === false && record.phase === 'done' && <PreviewTag />}
          </div>
          <div className="task-inputs">
            <PhaseLabel record={record} />
            {record.phase === 'done' && (
              <span className="tabular">{t('record.tookMade', { time: format.span(tookSeconds) })}</span>
            )}
            <time className="tabular">{format.moment(record.endedAtMs ?? record.createdAtMs, nowMs)}</time>
          </div>
        </div>
        <Tip label={t('tasks.details')}>
          <ActionIcon aria-label={t('tasks.details')} onClick={() => show({ details: record.id })}>
            <IconInfoCircle size={16} />
          </ActionIcon>
        </Tip>
        {playable ? (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlayerPlayFilled size={12} />}
            onClick={() => show({ player: record.id })}
          >
            {t('tasks.open')}
          </Button>
        ) : (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconRefresh size={14} />}
            onClick={() => void actions.retry(record)}
          >
            {t('tasks.retry')}
          </Button>
        )}
      </div>
      {record.error !== null && (
        <ErrorNote
          error={record.error}
          context={{ task: record.taskId, request: record.requestId, server: record.serverId }}
        />
      )}
    </article>
  )
}
