import { Popover, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLinkState, useStudio } from '../../studio/index.ts'
import { ConnectionFacts } from './ConnectionFacts.tsx'
import { connectionSummary } from './connectionSummary.ts'

/** Where videos are made and whether it is there: a dot and two short lines; a click tells more. */
export function ConnectionButton() {
  const { t } = useTranslation()
  const { queries } = useStudio()
  const link = useLinkState()
  const connection = useQuery(queries.connection.get.queryOptions()).data
  const [opened, setOpened] = useState(false)
  const { tone, title, detail } = connectionSummary(link, connection, t)
  return (
    <Popover opened={opened} onChange={setOpened} position="right-end" width={300} trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton
          className="connection"
          aria-label={`${t('connection.open')}: ${title}, ${detail}`}
          onClick={() => setOpened(!opened)}
        >
          <span className="connection-dot" data-tone={tone} aria-hidden />
          <span className="connection-text" aria-hidden>
            <span className="connection-title">{title}</span>
            <span className="connection-detail">{detail}</span>
          </span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        {connection !== undefined && <ConnectionFacts connection={connection} onClose={() => setOpened(false)} />}
      </Popover.Dropdown>
    </Popover>
  )
}
