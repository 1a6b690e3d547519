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

const COLUMNS = ['name', 'state', 'length', 'size', 'engine', 'created'] as const

/** Names of the columns, for the eye: each entry says its own name and state to a screen reader. */
export function HistoryRowHead() {
  const { t } = useTranslation()
  return (
    <div className="history-head" aria-hidden>
      <span />
      {COLUMNS.map((column) => (
        <span key={column} className={`cell-${column}`}>
          {t(`history.columns.${column}`)}
        </span>
      ))}
    </div>
  )
}

export function HistoryRow({ record, index, nowMs }: EntryProps) {
  const format = useFormat()
  const { label, open, onKeyDown } = useOpenRecord(record)
  const { output } = record
  return (
    <div role="listitem" className="row-cell">
      <div className="history-row" onClick={open}>
        <Poster record={record} />
        <span className="cell-name">
          <span
            className="cell-name-text entry-name"
            role="button"
            tabIndex={0}
            data-index={index}
            aria-label={label}
            title={record.name}
            onKeyDown={onKeyDown}
          >
            {record.name}
          </span>
          {record.lipSync === false && record.phase === 'done' && <PreviewTag />}
        </span>
        <span className="cell-state">
          <EntryState record={record} />
        </span>
        <span className="cell-length tabular">{output === null ? '–' : format.clock(output.durationMs)}</span>
        <span className="cell-size tabular">{output === null ? '–' : format.bytes(output.sizeBytes)}</span>
        <span className="cell-engine">{record.engine ?? '–'}</span>
        <time className="cell-created tabular">{format.moment(record.createdAtMs, nowMs)}</time>
      </div>
      <RecordMenu record={record} />
    </div>
  )
}

function EntryState({ record }: { readonly record: TaskRecord }) {
  const { t } = useTranslation()
  if (record.output?.missing !== true) return <PhaseLabel record={record} />
  return (
    <span className="missing" title={t('history.missingHint')}>
      {t('history.missing')}
    </span>
  )
}
