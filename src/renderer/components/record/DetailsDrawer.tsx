import { Drawer, Skeleton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { useFormat } from '../../hooks/useLanguage.ts'
import { useOverlays } from '../../hooks/overlays.ts'
import { toAppError } from '../../studio/index.ts'
import { CopyButton } from '../CopyButton.tsx'
import { ErrorNote } from '../ErrorNote.tsx'
import { PreviewTag } from '../PreviewTag.tsx'
import { detailRows } from './detailRows.ts'
import { PhaseLabel } from './PhaseLabel.tsx'
import { useRecord } from './useRecord.ts'

/** Everything known about a task, for the curious and for support. */
export function DetailsDrawer({ id }: { readonly id: string }) {
  const { t } = useTranslation()
  const show = useOverlays((overlays) => overlays.show)
  const { data: record, error } = useRecord(id)
  return (
    <Drawer
      opened
      onClose={() => show({ details: null })}
      size={400}
      title={t('record.details.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {error !== null && <ErrorNote error={toAppError(error)} />}
      {record === undefined && error === null && <Skeleton height={240} />}
      {record !== undefined && <Details record={record} />}
    </Drawer>
  )
}

function Details({ record }: { readonly record: TaskRecord }) {
  const { t } = useTranslation()
  const format = useFormat()
  const ids = { task: record.taskId, request: record.requestId, server: record.serverId }
  return (
    <div className="details">
      <div className="details-head">
        <h3 className="details-name">{record.name}</h3>
        <div className="details-state">
          <PhaseLabel record={record} />
          {record.lipSync === false && <PreviewTag />}
        </div>
      </div>
      {record.error !== null && <ErrorNote error={record.error} context={ids} />}
      {record.blocked !== null && <ErrorNote error={record.blocked} context={ids} />}
      <Steps record={record} />
      <dl className="details-rows">
        {detailRows(record, t, format).map(({ label, value, mono, missing }) => (
          <div key={label} className="details-row">
            <dt>{label}</dt>
            <dd className={mono === true ? 'mono' : 'tabular'}>
              {value}
              {missing === true && <span className="missing">{t('record.details.inputGone')}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <CopyButton
        label={t('record.details.copyIds')}
        text={[`task: ${record.taskId ?? '-'}`, `request: ${record.requestId}`, `record: ${record.id}`].join('\n')}
      />
    </div>
  )
}

function Steps({ record }: { readonly record: TaskRecord }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (record.timeline.length === 0) return null
  return (
    <ol className="details-steps" aria-label={t('record.details.steps')}>
      {record.timeline.map(({ step, startedAtMs, endedAtMs }) => (
        <li key={`${step}-${startedAtMs}`} className="details-step" data-open={endedAtMs === null}>
          <span>{t(`record.stepName.${step}`)}</span>
          <span className="tabular">{endedAtMs === null ? '…' : format.brief(endedAtMs - startedAtMs)}</span>
        </li>
      ))}
    </ol>
  )
}
