import type { AdminClient } from '../../client/index.ts'
import { AppError } from '../../shared/index.ts'

interface TaskFinder {
  readonly tasks: Pick<AdminClient['tasks'], 'list'>
}

interface KeyFinder {
  readonly keys: Pick<AdminClient['keys'], 'list'>
}

/** The time in an id: tasks of one moment share it, and then more is shown. */
const SHORT_DIGITS = 12
const LEAST_DIGITS = 4

/** The whole id of the one task that begins so; `t_` and the `…` of a list may be there or not. */
export async function findTaskId(client: TaskFinder, text: string): Promise<string> {
  const digits = text.replace(/^t_/, '').replace(/…$/, '')
  if (!/^[0-9a-f]{4,32}$/.test(digits)) throw new AppError('ID_FORMAT', { field: 'task_id' })
  if (digits.length === 32) return `t_${digits}`
  const { tasks } = await client.tasks.list({ id: `t_${digits}`, limit: 2 })
  return theOne(
    tasks.map((task) => task.task_id),
    text,
    'TASK_NOT_FOUND',
  )
}

/** The whole id of the one licence key that begins so. */
export async function findKeyId(client: KeyFinder, text: string): Promise<string> {
  const digits = text.replace(/^k_/, '').replace(/…$/, '')
  if (!/^(?:file|[0-9a-f]+)$/.test(digits)) throw new AppError('ID_FORMAT', { field: 'key_id' })
  const ids = (await client.keys.list()).map((key) => key.key_id)
  const exact = ids.filter((id) => id === `k_${digits}`)
  if (exact.length === 0 && digits.length < LEAST_DIGITS) throw new AppError('ID_FORMAT', { field: 'key_id' })
  return theOne(exact.length > 0 ? exact : ids.filter((id) => id.startsWith(`k_${digits}`)), text, 'KEY_NOT_FOUND')
}

/** `GPU-003` from `gpu-3`, `003` or `3`. */
export function serverIdOf(text: string): string {
  const number = /^(?:gpu-?)?0*(\d{1,9})$/i.exec(text)?.[1]
  if (number === undefined) throw new AppError('ID_FORMAT', { field: 'server_id' })
  return `GPU-${number.padStart(3, '0')}`
}

/** So much of each id that no other one of the list begins with it. */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  for (let length = SHORT_DIGITS + 2; ; length += 2) {
    const shortened = new Map(ids.map((id) => [id, id.slice(0, length)]))
    if (new Set(shortened.values()).size === new Set(ids).size) return shortened
  }
}

function theOne(ids: readonly string[], text: string, missing: 'TASK_NOT_FOUND' | 'KEY_NOT_FOUND'): string {
  const [id] = ids
  if (id === undefined) throw new AppError(missing)
  if (ids.length > 1) throw new AppError('ID_AMBIGUOUS', { data: { id: text } })
  return id
}
