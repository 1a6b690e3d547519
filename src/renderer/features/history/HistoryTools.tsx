import { CloseButton, SegmentedControl, TextInput } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconLayoutGrid, IconListDetails, IconSearch } from '@tabler/icons-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useLayout } from '../../hooks/layout.ts'
import { HISTORY_PHASES } from './useHistory.ts'
import type { HistoryFilter } from './useHistory.ts'
import { Tip } from '../../components/Tip.tsx'

interface HistoryToolsProps {
  readonly filter: HistoryFilter
  readonly onChange: (filter: HistoryFilter) => void
}

export function HistoryTools({ filter, onChange }: HistoryToolsProps) {
  const { t } = useTranslation()
  const search = useRef<HTMLInputElement>(null)
  const { historyView, setHistoryView } = useLayout()
  useHotkeys([
    ['mod+F', () => search.current?.select()],
    ['/', () => search.current?.focus()],
  ])
  return (
    <>
      <TextInput
        ref={search}
        className="history-search"
        type="search"
        aria-label={t('history.search')}
        placeholder={t('history.search')}
        leftSection={<IconSearch size={15} aria-hidden />}
        rightSection={
          filter.query !== '' && (
            <CloseButton
              size="sm"
              aria-label={t('history.clearSearch')}
              onClick={() => onChange({ ...filter, query: '' })}
            />
          )
        }
        value={filter.query}
        onChange={(event) => onChange({ ...filter, query: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onChange({ ...filter, query: '' })
        }}
      />
      <SegmentedControl
        aria-label={t('history.filter')}
        value={filter.phase}
        onChange={(phase) => onChange({ ...filter, phase })}
        data={HISTORY_PHASES.map((value) => ({ value, label: t(`history.${value}`) }))}
      />
      <SegmentedControl
        aria-label={t('history.view')}
        value={historyView}
        onChange={setHistoryView}
        data={[
          { value: 'grid', label: <ViewIcon label={t('history.grid')} icon={<IconLayoutGrid size={16} />} /> },
          { value: 'table', label: <ViewIcon label={t('history.table')} icon={<IconListDetails size={16} />} /> },
        ]}
      />
    </>
  )
}

function ViewIcon({ label, icon }: { readonly label: string; readonly icon: React.ReactNode }) {
  return (
    <Tip label={label}>
      <span className="view-icon" role="img" aria-label={label}>
        {icon}
      </span>
    </Tip>
  )
}
