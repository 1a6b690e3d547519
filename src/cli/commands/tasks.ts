import { isTerminal } from '../../protocol/task/index.ts'
import { randomHex } from '../../shared/index.ts'
import { adminCommand } from '../admin/adminCommand.ts'
import type { AdminContext } from '../admin/adminCommand.ts'
import { findTaskId } from '../admin/ids.ts'
import { deadTable, parsePriority, parseStates, taskDetails, taskTable } from '../admin/taskText.ts'
import { say } from '../admin/words.ts'
import { text, UsageError } from '../command.ts'
import type { CommandGroup, OptionValues } from '../command.ts'

const ID = { name: 'id', help: 'the task: its id, or the beginning of it', required: true } as const
const PAGE = {
  limit: { type: 'string', value: 'N', help: 'so many, at most 200 (50)' },
  cursor: { type: 'string', value: 'ID', help: 'those older than this task' },
} as const

const list = adminCommand({
  name: 'tasks list',
  summary: 'Lists tasks of all tenants, newest first.',
  options: {
    state: { type: 'string', value: 'STATE,…', help: 'in these states, such as queued,running' },
    tenant: { type: 'string', value: 'TENANT', help: 'of this tenant' },
    ...PAGE,
  },
  examples: ['dhs tasks list --state queued,running', 'dhs tasks list --tenant acme --json'],
  async act(context) {
    const states = text(context.options, 'state')
    const tenant = text(context.options, 'tenant')
    const { tasks, cursor } = await context.client.tasks.list({
      ...(states === undefined ? {} : { states: parseStates(states) }),
      ...(tenant === undefined ? {} : { tenant }),
      ...page(context.options),
    })
    return { event: 'tasks', fields: { tasks, cursor }, text: withMore(taskTable(tasks, context), cursor, context) }
  },
})

const dead = adminCommand({
  name: 'tasks dead',
  summary: 'Lists dead letters: tasks that are not tried again, and why.',
  options: PAGE,
  examples: ['dhs tasks dead'],
  async act(context) {
    const { tasks, cursor } = await context.client.tasks.list({ states: ['dead'], ...page(context.options) })
    return { event: 'tasks', fields: { tasks, cursor }, text: withMore(deadTable(tasks, context), cursor, context) }
  },
})

const show = adminCommand({
  name: 'tasks show',
  summary: 'Tells all about one task.',
  positionals: [ID],
  examples: ['dhs tasks show t_01a2026b5c1b'],
  async act(context) {
    const task = await context.client.tasks.show(await idOf(context))
    return { event: 'task', fields: { task }, text: taskDetails(task, context) }
  },
})

const cancel = adminCommand({
  name: 'tasks cancel',
  summary: 'Cancels a task that waits or runs.',
  positionals: [ID],
  examples: ['dhs tasks cancel t_01a2026b5c1b'],
  async act(context) {
    const task = await context.client.tasks.cancel(await idOf(context))
    const word = task.state === 'cancelling' ? 'cancelling' : 'cancelled'
    const values = { id: task.task_id, server: task.server_id ?? '–' }
    return { event: 'task', fields: { task }, text: say(context.language, word, values) }
  },
})

const retry = adminCommand({
  name: 'tasks retry',
  summary: 'Runs an ended task again, as a new task with the same inputs.',
  positionals: [ID],
  options: { again: { type: 'boolean', help: 'one more, where it was run again before' } },
  notes: ['Saying it twice makes one task: the second time answers what became of it.'],
  examples: ['dhs tasks retry t_01a2026b5c1b'],
  async act(context) {
    const id = await idOf(context)
    const task = await context.client.tasks.retry(
      id,
      context.options['again'] === true ? `op-${randomHex(12)}` : undefined,
    )
    const word = isTerminal(task.state) ? 'retriedBefore' : 'retried'
    const values = { id, next: task.task_id, state: task.state }
    return { event: 'task', fields: { task }, text: say(context.language, word, values) }
  },
})

const priority = adminCommand({
  name: 'tasks priority',
  summary: 'Moves a waiting task to another class: interactive, normal or batch.',
  positionals: [ID, { name: 'class', help: 'interactive, normal or batch', required: true }],
  examples: ['dhs tasks priority t_01a2026b5c1b interactive'],
  async act(context) {
    const wanted = parsePriority(text(context.options, 'class') ?? '')
    const task = await context.client.tasks.setPriority(await idOf(context), wanted)
    const values = { id: task.task_id, priority: task.priority }
    return { event: 'task', fields: { task }, text: say(context.language, 'moved', values) }
  },
})

const front = adminCommand({
  name: 'tasks front',
  summary: 'Moves a waiting task before all others of its class.',
  positionals: [ID],
  examples: ['dhs tasks front t_01a2026b5c1b'],
  async act(context) {
    const task = await context.client.tasks.moveToFront(await idOf(context))
    return { event: 'task', fields: { task }, text: say(context.language, 'front', { id: task.task_id }) }
  },
})

export const tasksGroup: CommandGroup = {
  name: 'tasks',
  summary: 'Looks at tasks of all tenants, and moves, cancels or runs them again.',
  commands: [list, show, cancel, retry, dead, priority, front],
}

function idOf({ client, options }: AdminContext): Promise<string> {
  return findTaskId(client, text(options, 'id') ?? '')
}

function page(options: OptionValues): { limit?: number; cursor?: string } {
  const limit = text(options, 'limit')
  const cursor = text(options, 'cursor')
  return { ...(limit === undefined ? {} : { limit: parseLimit(limit) }), ...(cursor === undefined ? {} : { cursor }) }
}

function parseLimit(given: string): number {
  const limit = Number(given)
  if (!Number.isInteger(limit) || limit < 1 || limit > 200)
    throw new UsageError(`--limit takes 1 to 200, not "${given}"`)
  return limit
}

function withMore(shown: string, cursor: string | null, { language }: AdminContext): string {
  return cursor === null ? shown : `${shown}\n${say(language, 'more', { cursor })}`
}
