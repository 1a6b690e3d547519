import type { AdminQueue } from '../../protocol/admin/index.ts'
import { isTerminal, PRIORITY_CLASSES, TASK_STATES } from '../../protocol/task/index.ts'
import { adminCommand } from '../admin/adminCommand.ts'
import type { AdminContext } from '../admin/adminCommand.ts'
import { table } from '../admin/table.ts'
import { duration, relative } from '../admin/times.ts'
import { headings, say } from '../admin/words.ts'
import type { CommandGroup } from '../command.ts'

const stats = adminCommand({
  name: 'queue stats',
  summary: 'Tells what waits and runs, for whom, and for how long.',
  examples: ['dhs queue stats', 'dhs queue stats --json'],
  async act(context) {
    const queue = await context.client.queue.statistics()
    return { event: 'queue', fields: { queue }, text: queueText(queue, context) }
  },
})

const pause = adminCommand({
  name: 'queue pause',
  summary: 'Gives nothing more to workers, also after a restart; submits and running tasks go on.',
  examples: ['dhs queue pause'],
  async act({ client, language }) {
    const queue = await client.queue.pause()
    return { event: 'queue', fields: { queue }, text: say(language, 'paused') }
  },
})

const resume = adminCommand({
  name: 'queue resume',
  summary: 'Ends a pause.',
  examples: ['dhs queue resume'],
  async act({ client, language }) {
    const queue = await client.queue.resume()
    return { event: 'queue', fields: { queue }, text: say(language, 'unpaused') }
  },
})

export const queueGroup: CommandGroup = {
  name: 'queue',
  summary: 'Looks at the queue as a whole, pauses and resumes it.',
  commands: [stats, pause, resume],
}

function queueText(queue: AdminQueue, { language, columns, nowMs }: AdminContext): string {
  const { by_state: states, by_class: classes, suspects, targeted, restored } = queue
  const queued = states.queued - targeted
  const live = states.leased + states.running + states.cancelling
  const list = (names: readonly (keyof typeof states)[]): string =>
    names.map((name) => `${name} ${String(states[name])}`).join(', ')
  const byClass = PRIORITY_CLASSES.map((name) => `${name} ${String(classes[name])}`).join(', ')
  const waits = { queued, classes: byClass, oldest: duration(queue.oldest_wait_seconds, language) }
  const apart = { backingOff: queue.backing_off, suspects }
  const rows = queue.tenants.map((one) => [one.tenant, String(one.queued), String(one.running)])
  return [
    say(language, queue.paused ? 'paused' : 'queueOn'),
    queued === 0 ? say(language, 'nothingWaits') : say(language, 'waits', waits),
    ...(queue.backing_off + suspects === 0 ? [] : [say(language, 'apart', apart)]),
    ...(targeted === 0 ? [] : [say(language, 'errands', { targeted })]),
    say(language, 'live', { live, states: list(['leased', 'running', 'cancelling']) }),
    say(language, 'over', { states: list(TASK_STATES.filter(isTerminal)) }),
    queue.last_backup_at === null
      ? say(language, 'notBackedUp')
      : say(language, 'backedUp', { when: relative(queue.last_backup_at, nowMs, language) }),
    ...(restored === null
      ? []
      : [
          say(language, 'restored', {
            when: relative(restored.at, nowMs, language),
            stateOf: restored.state_of === null ? '–' : new Date(restored.state_of * 1000).toLocaleString(language),
          }),
        ]),
    ...(rows.length === 0 ? [] : ['', table(headings(language, ['tenant', 'waiting', 'running']), rows, columns)]),
  ].join('\n')
}
