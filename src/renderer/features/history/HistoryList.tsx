import { Button } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { useNow } from '../../hooks/useNow.ts'
import { useWidth } from '../../hooks/useWidth.ts'
import { HistoryCard } from './HistoryCard.tsx'
import { HistoryRow, HistoryRowHead } from './HistoryRow.tsx'
import { gridShape } from './gridShape.ts'
import { useArrowKeys } from './useArrowKeys.ts'

interface HistoryListProps {
  readonly view: 'grid' | 'table'
  readonly records: readonly TaskRecord[]
  readonly more: boolean
  readonly failed: boolean
  readonly onMore: () => void
}

const TABLE_ROW = 48
/** Ask for the next page when this many lines are left below. */
const AHEAD = 6

/** Only the lines on screen exist; 100,000 rows scroll as lightly as ten. */
export function HistoryList({ view, records, more, failed, onMore }: HistoryListProps) {
  const { t } = useTranslation()
  const now = useNow(60_000)
  const scroller = useRef<HTMLDivElement>(null)
  const area = useRef<HTMLDivElement>(null)
  // With the scrollbar: the cards end where the tools above them end.
  const width = useWidth(area)
  const shape = view === 'grid' ? gridShape(width) : { columns: 1, lineHeight: TABLE_ROW }
  const { columns, lineHeight } = shape
  const lines = Math.ceil(records.length / columns)
  const virtual = useVirtualizer({
    count: lines,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 4,
  })
  useEffect(() => virtual.measure(), [virtual, lineHeight])
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && !failed && width > 0 && last >= lines - AHEAD) onMore()
  }, [more, failed, last, lines, width, onMore])
  const onKeyDown = useArrowKeys(columns, records.length, (index) => virtual.scrollToIndex(Math.floor(index / columns)))
  return (
    <div className="history-area" data-view={view} ref={area}>
      <div className="history-scroll" ref={scroller}>
        {view === 'table' && <HistoryRowHead />}
        <div role="list" className="history-lines" style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown}>
          {items.map((item) => (
            <div
              key={item.key}
              className={view === 'grid' ? 'history-line history-line-grid' : 'history-line'}
              style={{ height: lineHeight, transform: `translateY(${item.start}px)`, '--columns': columns }}
            >
              {records.slice(item.index * columns, (item.index + 1) * columns).map((record, offset) => {
                const index = item.index * columns + offset
                return view === 'grid' ? (
                  <HistoryCard key={record.id} record={record} index={index} nowMs={now} />
                ) : (
                  <HistoryRow key={record.id} record={record} index={index} nowMs={now} />
                )
              })}
            </div>
          ))}
        </div>
        {failed && (
          <div className="history-more-failed">
            {t('history.moreFailed')}
            <Button size="compact-xs" variant="default" onClick={onMore}>
              {t('common.retry')}
            </Button>
          </div>
        )}
      </div>
    </div>
  )
}
