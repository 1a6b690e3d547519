import { HistoryView } from '../features/history/index.ts'

export function HistoryPage() {
  return <HistoryView />
}
