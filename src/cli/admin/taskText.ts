import { PRIORITY_CLASSES, TASK_STATES } from '../../protocol/task/index.ts'
import type { PriorityClass, TaskState } from '../../protocol/task/index.ts'
import type { AdminTask } from '../../protocol/admin/index.ts'
import { UsageError } from '../command.ts'
import type { AdminContext } from './adminCommand.ts'
import { shortIds } from './ids.ts'
import { printable, table } from './table.ts'
import { relative } from './times.ts'
import { headings, say } from './words.ts'

type Reader = Pick<AdminContext, 'language' | 'columns' | 'nowMs'>

/** Waiting and running tasks, or whatever was asked for. */
export function taskTable(tasks: readonly AdminTask[], { language, columns, nowMs }: Reader): string {
  if (tasks.length === 0) return say(language, 'noTasks')
  const short = shortIds(tasks.map(({ task_id }) => task_id))
  const rows = tasks.map((task) => [
    short.get(task.task_id) ?? task.task_id,
    task.state,
    task.tenant,
    task.priority,
    relative(task.created_at, nowMs, language),
    task.server_id ?? '–',
    messageOf(task),
  ])
  return table(headings(language, ['id', 'state', 'tenant', 'class', 'created', 'server', 'message']), rows, columns)
}

/** Tasks nobody tries any more: how often, under how many lost workers, and why. */
export function deadTable(tasks: readonly AdminTask[], { language, columns, nowMs }: Reader): string {
  if (tasks.length === 0) return say(language, 'noDead')
  const short = shortIds(tasks.map(({ task_id }) => task_id))
  const rows = tasks.map((task) => [
    short.get(task.task_id) ?? task.task_id,
    task.tenant,
    relative(task.finished_at, nowMs, language),
    String(task.attempts),
    String(task.stalls),
    messageOf(task),
  ])
  return `${table(headings(language, ['id', 'tenant', 'ended', 'runs', 'stalls', 'why']), rows, columns)}
${say(language, 'retryHint')}`
}

/** All of one task, a line each; what is null is left out. */
export function taskDetails(task: AdminTask, { language, nowMs }: Reader): string {
  const time = (seconds: number | null | undefined): string | null =>
    seconds === null || seconds === undefined
      ? null
      : `${new Date(seconds * 1000).toISOString()} (${relative(seconds, nowMs, language)})`
  const { created_at, started_at, finished_at, not_before, lease_until, expires_at, ...others } = task
  const { inputs, output, late_output, ...rest } = others
  const times = { created_at, started_at, finished_at, not_before, lease_until, expires_at }
  const lines = [
    ...Object.entries(rest).map(([name, value]) => [name, plain(value)] as const),
    ...Object.entries(times).map(([name, value]) => [name, time(value)] as const),
    ...inputs.map((file) => [file.role, fileText(file)] as const),
    ['output', fileText(output)] as const,
    ['late_output', fileText(late_output)] as const,
  ].filter(([, value]) => value !== null)
  const width = Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${printable(value ?? '')}`).join('\n')
}

function fileText(file: { readonly md5: string; readonly ext: string; readonly size: number } | null): string | null {
  return file === null ? null : `${file.md5}${file.ext} (${String(file.size)} B)`
}

export function parseStates(text: string): readonly TaskState[] {
  return text.split(',').map((word) => {
    const state = TASK_STATES.find((known) => known === word.trim())
    if (state === undefined) throw new UsageError(`--state takes ${TASK_STATES.join(', ')}; not "${word}"`)
    return state
  })
}

export function parsePriority(text: string): PriorityClass {
  const priority = PRIORITY_CLASSES.find((known) => known === text)
  if (priority === undefined) throw new UsageError(`CLASS is ${PRIORITY_CLASSES.join(', ')}; not "${text}"`)
  return priority
}

function messageOf(task: AdminTask): string {
  if (task.error_code === null) return task.message
  return task.error_detail === null ? task.message : `${task.message} – ${task.error_detail}`
}

function plain(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
