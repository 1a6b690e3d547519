import { IconAlertTriangle, IconClock } from '@tabler/icons-react'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { ProgressBar } from '../../components/ProgressBar.tsx'
import { progressText } from '../../components/record/progressText.ts'
import { waitText } from '../../components/record/waitText.ts'
import { useErrorText } from '../../hooks/useErrorText.ts'
import { useFormat } from '../../hooks/useLanguage.ts'

interface TaskNowProps {
  readonly record: TaskRecord
  readonly nowMs: number
}

/** The line about now: held up, waiting, or how far it is. */
export function TaskNow({ record, nowMs }: TaskNowProps) {
  if (record.blocked !== null) {
    return (
      <Suspense>
        <Blocked error={record.blocked} />
      </Suspense>
    )
  }
  if (record.phase === 'waiting' && record.wait !== null) return <Waiting wait={record.wait} nowMs={nowMs} />
  return <Working record={record} nowMs={nowMs} />
}

function Blocked({ error }: { readonly error: NonNullable<TaskRecord['blocked']> }) {
  const { t } = useTranslation()
  const { message, hint } = useErrorText()(error)
  return (
    <div className="note note-warn">
      <IconAlertTriangle size={16} className="note-icon" aria-hidden />
      <div className="note-body">
        <div className="note-title">{t('record.blocked', { reason: message })}</div>
        <div className="note-text">{hint}</div>
      </div>
    </div>
  )
}

function Waiting({ wait, nowMs }: { readonly wait: NonNullable<TaskRecord['wait']>; readonly nowMs: number }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { main, notes, warning } = waitText(wait, nowMs, t, format)
  return (
    <div className="now now-wait">
      <IconClock size={15} aria-hidden />
      <span className="now-what">{main}</span>
      {notes.map((note) => (
        <span key={note} className="now-note">
          {note}
        </span>
      ))}
      {warning !== undefined && <span className="now-note now-warning">{warning}</span>}
      <span className="now-time tabular">
        {t('record.waited', { time: format.span(Math.max(0, (nowMs - wait.sinceMs) / 1000)) })}
      </span>
    </div>
  )
}

function Working({ record, nowMs }: TaskNowProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const { what, amounts, time, fraction } = progressText(record, nowMs, t, format)
  return (
    <div className="now-work">
      <ProgressBar fraction={fraction} label={what} />
      <div className="now">
        <span className="now-what">{what}</span>
        {amounts.map((amount) => (
          <span key={amount} className="now-note tabular">
            {amount}
          </span>
        ))}
        <span className="now-time tabular">{time.join('  ·  ')}</span>
      </div>
    </div>
  )
}
