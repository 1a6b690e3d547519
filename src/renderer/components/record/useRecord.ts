import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useStudio } from '../../studio/index.ts'

/** One record; shown at once when the task list already has it. */
export function useRecord(id: string) {
  const { queries } = useStudio()
  const cache = useQueryClient()
  return useQuery(
    queries.history.get.queryOptions({
      input: { id },
      placeholderData: () => cache.getQueryData(queries.tasks.list.queryKey())?.find((record) => record.id === id),
    }),
  )
}
