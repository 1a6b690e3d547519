import type { AdminTaskFilter, QueueAdmin } from '../queue/adminPort.ts'
import type { StoredTask } from '../queue/port.ts'

const PAGE = 500

/** All tasks that fit, newest first, read page by page. */
export async function* tasksOf(
  queue: Pick<QueueAdmin, 'listAll'>,
  filter: Pick<AdminTaskFilter, 'states' | 'withLateResult'>,
): AsyncGenerator<StoredTask> {
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page = await queue.listAll({ ...filter, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
    yield* page.tasks
    cursor = page.cursor
  }
}
