import { Button, Skeleton } from '@mantine/core'
import { IconAlertTriangle, IconBolt, IconInfoCircle } from '@tabler/icons-react'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import type { AppError } from '../../../shared/index.ts'
import type { FileRole, FileView, Preflight, PreflightWarning } from '../../../protocol/studio/index.ts'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { PreviewTag } from '../../components/PreviewTag.tsx'
import { useDelayed } from '../../hooks/useDelayed.ts'
import { useErrorText } from '../../hooks/useErrorText.ts'
import { useFormat } from '../../hooks/useLanguage.ts'
import { preflightRows } from './preflightRows.ts'

interface PreflightPanelProps {
  readonly files: { readonly avatar: FileView | null; readonly voice: FileView | null }
  readonly preflight: Preflight | undefined
  readonly error: AppError | null
  readonly onRetry: () => void
  readonly onReplace: (role: FileRole) => void
}

/** What will happen when the button is pressed: facts, warnings, and what stands in the way. */
export function PreflightPanel({ files, preflight, error, onRetry, onReplace }: PreflightPanelProps) {
  const { t } = useTranslation()
  const complete = files.avatar !== null && files.voice !== null
  const waiting = useDelayed(complete && preflight === undefined && error === null)
  return (
    <section className="panel" aria-label={t('compose.preflight.title')} aria-live="polite">
      <h2 className="panel-title">{t('compose.preflight.title')}</h2>
      {!complete && <p className="panel-idle">{t(idleKey(files))}</p>}
      {waiting && <FactsSkeleton />}
      {complete && error !== null && <ErrorNote what={t('compose.preflight.failed')} error={error} onRetry={onRetry} />}
      {complete && preflight !== undefined && (
        <>
          <Suspense>
            <Problems preflight={preflight} onReplace={onReplace} />
          </Suspense>
          <Warnings warnings={preflight.warnings} />
          <Facts preflight={preflight} />
        </>
      )}
    </section>
  )
}

function idleKey({ avatar, voice }: PreflightPanelProps['files']) {
  if (avatar !== null) return 'compose.preflight.idleVoice'
  return voice !== null ? 'compose.preflight.idleAvatar' : 'compose.preflight.idle'
}

function Facts({ preflight }: { readonly preflight: Preflight }) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <dl className="facts">
      {preflightRows(preflight, t, format).map((row) => (
        <div className="fact" key={row.key}>
          <dt>{t(`compose.preflight.${row.key}`)}</dt>
          <dd className="tabular" data-good={row.good === true}>
            {row.good === true && <IconBolt size={14} aria-hidden />}
            <span>{row.value}</span>
            {row.note !== undefined && <span className="fact-note">{row.note}</span>}
            {row.key === 'engine' && preflight.engine?.lipSync === false && <PreviewTag />}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function FactsSkeleton() {
  return (
    <div className="facts" aria-hidden>
      {[72, 96, 84, 60].map((width) => (
        <div className="fact" key={width}>
          <Skeleton height={12} width={56} />
          <Skeleton height={12} width={width} />
        </div>
      ))}
    </div>
  )
}

function Problems({
  preflight,
  onReplace,
}: {
  readonly preflight: Preflight
  readonly onReplace: (role: FileRole) => void
}) {
  return preflight.problems.length === 0 ? null : <ToldProblems preflight={preflight} onReplace={onReplace} />
}

function ToldProblems({
  preflight,
  onReplace,
}: Pick<PreflightPanelProps, 'onReplace'> & { readonly preflight: Preflight }) {
  const { t } = useTranslation()
  const errorText = useErrorText()
  return preflight.problems.map((problem) => {
    const { message, hint } = errorText(problem)
    const { role } = problem
    return (
      <div className="note note-danger" role="alert" key={`${problem.code}-${role ?? ''}`}>
        <IconAlertTriangle size={16} className="note-icon" aria-hidden />
        <div className="note-body">
          <div className="note-title">{message}</div>
          <div className="note-text">{hint}</div>
          {role !== null && (
            <div className="note-actions">
              <Button size="compact-xs" variant="default" onClick={() => onReplace(role)}>
                {t(`compose.problemAction.${role}`)}
              </Button>
            </div>
          )}
        </div>
      </div>
    )
  })
}

/** The engine row already says it for the preview engine. */
const TOLD_ELSEWHERE: readonly PreflightWarning[] = ['preview_only']

function Warnings({ warnings }: { readonly warnings: readonly PreflightWarning[] }) {
  const { t } = useTranslation()
  return warnings
    .filter((warning) => !TOLD_ELSEWHERE.includes(warning))
    .map((warning) => (
      <div className="note note-warn" key={warning}>
        <IconInfoCircle size={16} className="note-icon" aria-hidden />
        <div className="note-body">{t(`compose.warnings.${warning}`)}</div>
      </div>
    ))
}
