import type { RecordPhase, TaskRecord } from '../../../protocol/studio/index.ts'

export const TASK_GROUPS = ['uploading', 'waiting', 'running', 'finished'] as const

export type TaskGroup = (typeof TASK_GROUPS)[number]

const GROUP_OF: Readonly<Record<RecordPhase, TaskGroup>> = {
  hashing: 'uploading',
  uploading: 'uploading',
  submitting: 'uploading',
  waiting: 'waiting',
  running: 'running',
  downloading: 'running',
  done: 'finished',
  failed: 'finished',
  cancelled: 'finished',
}

export const isActive = (record: TaskRecord): boolean => GROUP_OF[record.phase] !== 'finished'

/** Tasks by what happens to them now. What ended before today is the history's. Waiting ones in the order of the line. */
export function groupTasks(
  records: readonly TaskRecord[],
  nowMs: number,
): { readonly group: TaskGroup; readonly records: readonly TaskRecord[] }[] {
  const today = new Date(nowMs).toDateString()
  const isToday = ({ endedAtMs }: TaskRecord): boolean =>
    endedAtMs !== null && new Date(endedAtMs).toDateString() === today
  return TASK_GROUPS.map((group) => {
    const members = records.filter((record) => GROUP_OF[record.phase] === group)
    if (group === 'finished') return { group, records: members.filter(isToday).toSorted(byEnd) }
    return { group, records: group === 'waiting' ? members.toSorted(byPosition) : members }
  }).filter(({ records: members }) => members.length > 0)
}

const byEnd = (a: TaskRecord, b: TaskRecord): number => (b.endedAtMs ?? 0) - (a.endedAtMs ?? 0)

const byPosition = (a: TaskRecord, b: TaskRecord): number =>
  (a.wait?.position ?? Number.MAX_SAFE_INTEGER) - (b.wait?.position ?? Number.MAX_SAFE_INTEGER) ||
  a.createdAtMs - b.createdAtMs
