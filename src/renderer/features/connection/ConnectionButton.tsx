import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { NavPopover } from '../../components/NavPopover.tsx'
import { useLinkState, useStudio } from '../../studio/index.ts'
import { ConnectionFacts } from './ConnectionFacts.tsx'
import { connectionSummary } from './connectionSummary.ts'

/** Where videos are made and whether it is there: a dot and two short lines; a click tells more. */
export function ConnectionButton() {
  const { t } = useTranslation()
  const { queries } = useStudio()
  const link = useLinkState()
  const connection = useQuery(queries.connection.get.queryOptions()).data
  const { tone, title, detail } = connectionSummary(link, connection, t)
  return (
    <NavPopover
      className="connection"
      label={`${title} ${detail} (${t('connection.open')})`}
      button={
        <>
          <span className="connection-dot" data-tone={tone} aria-hidden />
          <span className="connection-text" aria-hidden>
            <span className="connection-title">{title}</span> <span className="connection-detail">{detail}</span>
          </span>
        </>
      }
    >
      {(close) => connection !== undefined && <ConnectionFacts connection={connection} onClose={close} />}
    </NavPopover>
  )
}
