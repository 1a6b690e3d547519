import './history.css'
import { Button, Skeleton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconHistory, IconSearchOff } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { StateMessage } from '../../components/StateMessage.tsx'
import { useLayout } from '../../hooks/layout.ts'
import { useDelayed } from '../../hooks/useDelayed.ts'
import { toAppError } from '../../studio/index.ts'
import { HistoryList } from './HistoryList.tsx'
import { HistoryTools } from './HistoryTools.tsx'
import { useHistory } from './useHistory.ts'
import type { HistoryFilter } from './useHistory.ts'

const NO_FILTER: HistoryFilter = { query: '', phase: 'all' }

/** Every video of this PC: search, filter, play. */
export function HistoryView() {
  const { t } = useTranslation()
  const view = useLayout((layout) => layout.historyView)
  const [filter, setFilter] = useState(NO_FILTER)
  const [query] = useDebouncedValue(filter.query, 120)
  const { pages, records, total } = useHistory({ ...filter, query })
  const filtered = query.trim() !== '' || filter.phase !== 'all'
  const late = useDelayed(pages.isPending)
  const note =
    pages.data === undefined ? undefined : t(filtered ? 'history.results' : 'history.total', { count: total })
  return (
    <>
      <PageHeader title={t('history.title')} note={note}>
        <HistoryTools filter={filter} onChange={setFilter} />
      </PageHeader>
      {pages.isError && pages.data === undefined && (
        <div className="page-note-area">
          <ErrorNote
            what={t('history.loadFailed')}
            error={toAppError(pages.error)}
            onRetry={() => void pages.refetch()}
          />
        </div>
      )}
      {late && <HistorySkeleton view={view} />}
      {pages.data !== undefined && records.length === 0 && (
        <NoHistory filtered={filtered} query={query} onShowAll={() => setFilter(NO_FILTER)} />
      )}
      {records.length > 0 && (
        <HistoryList
          key={`${view}-${filter.phase}-${query}`}
          view={view}
          records={records}
          more={pages.hasNextPage}
          failed={pages.isFetchNextPageError}
          onMore={() => {
            if (!pages.isFetchingNextPage) void pages.fetchNextPage()
          }}
        />
      )}
    </>
  )
}

interface NoHistoryProps {
  readonly filtered: boolean
  readonly query: string
  readonly onShowAll: () => void
}

function NoHistory({ filtered, query, onShowAll }: NoHistoryProps) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  if (filtered) {
    return (
      <StateMessage
        icon={<IconSearchOff size={32} stroke={1.25} />}
        title={query.trim() === '' ? t('history.noResultsPlain') : t('history.noResults', { query: query.trim() })}
        text={query.trim() === '' ? undefined : t('history.noResultsHint')}
        action={
          <Button variant="default" onClick={onShowAll}>
            {t('history.showAll')}
          </Button>
        }
      />
    )
  }
  return (
    <StateMessage
      icon={<IconHistory size={32} stroke={1.25} />}
      title={t('history.empty')}
      text={t('history.emptyHint')}
      action={<Button onClick={() => void navigate({ to: '/' })}>{t('tasks.toCompose')}</Button>}
    />
  )
}

function HistorySkeleton({ view }: { readonly view: 'grid' | 'table' }) {
  return (
    <div className={view === 'grid' ? 'history-skeleton-grid' : 'history-skeleton-table'} aria-hidden>
      {Array.from({ length: view === 'grid' ? 8 : 10 }, (_, index) => (
        <Skeleton key={index} className="history-skeleton" radius="md" />
      ))}
    </div>
  )
}
