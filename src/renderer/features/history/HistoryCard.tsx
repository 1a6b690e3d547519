import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { PreviewTag } from '../../components/PreviewTag.tsx'
import { PhaseLabel } from '../../components/record/PhaseLabel.tsx'
import { Poster } from '../../components/record/Poster.tsx'
import { useFormat } from '../../hooks/useLanguage.ts'
import { RecordMenu } from './RecordMenu.tsx'
import { useOpenRecord } from './useOpenRecord.ts'

interface EntryProps {
  readonly record: TaskRecord
  readonly index: number
  readonly nowMs: number
}

export function HistoryCard({ record, index, nowMs }: EntryProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const { label, open, onKeyDown } = useOpenRecord(record)
  const { output } = record
  return (
    <div role="listitem" className="card-cell">
      <div className="history-card" onClick={open}>
        <div className="card-picture">
          <Poster record={record} />
          {record.lipSync === false && record.phase === 'done' && (
            <span className="card-tag">
              <PreviewTag onMedia />
            </span>
          )}
          {output !== null && <span className="card-length tabular">{format.clock(output.durationMs)}</span>}
        </div>
        <div className="card-text">
          <div
            className="card-name entry-name"
            role="button"
            tabIndex={0}
            data-index={index}
            aria-label={label}
            title={record.name}
            onKeyDown={onKeyDown}
          >
            {record.name}
          </div>
          <div className="card-meta">
            {output?.missing === true ? (
              <span className="missing" title={t('history.missingHint')}>
                {t('history.missing')}
              </span>
            ) : (
              record.phase !== 'done' && <PhaseLabel record={record} />
            )}
            <time className="tabular">{format.moment(record.createdAtMs, nowMs)}</time>
          </div>
        </div>
      </div>
      <RecordMenu record={record} />
    </div>
  )
}
