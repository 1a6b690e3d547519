import type { PowerResult } from '../../protocol/dsp/index.ts'
import { adminCommand } from '../admin/adminCommand.ts'
import type { AdminContext } from '../admin/adminCommand.ts'
import { serverIdOf } from '../admin/ids.ts'
import { powerText, serverDetails, serverTable } from '../admin/serverText.ts'
import { printable } from '../admin/table.ts'
import { say } from '../admin/words.ts'
import type { Word } from '../admin/words.ts'
import { text, UsageError } from '../command.ts'
import type { CommandGroup } from '../command.ts'

const ID = { name: 'id', help: 'the server: GPU-001, or 1', required: true } as const

const list = adminCommand({
  name: 'servers list',
  summary: 'Lists GPU servers, and why one takes no tasks.',
  examples: ['dhs servers list', 'dhs servers list --json'],
  async act(context) {
    const answer = await context.client.servers.list()
    return { event: 'servers', fields: { ...answer }, text: serverTable(answer, context) }
  },
})

const show = adminCommand({
  name: 'servers show',
  summary: 'Tells what happened to one server lately.',
  positionals: [ID],
  examples: ['dhs servers show GPU-001'],
  async act(context) {
    const answer = await context.client.servers.show(idOf(context))
    return { event: 'server', fields: { ...answer }, text: serverDetails(answer, context) }
  },
})

const drain = adminCommand({
  name: 'servers drain',
  summary: 'Gives a server nothing new; what runs there ends. Until it is resumed.',
  positionals: [ID],
  examples: ['dhs servers drain GPU-001'],
  async act(context) {
    const server = await context.client.servers.drain(idOf(context))
    const values = { id: server.server_id, running: server.running }
    const word = server.running === 0 ? 'drained' : 'drainedBusy'
    return { event: 'server', fields: { server }, text: say(context.language, word, values) }
  },
})

const resume = adminCommand({
  name: 'servers resume',
  summary: 'Ends a drain.',
  positionals: [ID],
  examples: ['dhs servers resume GPU-001'],
  async act(context) {
    const server = await context.client.servers.resume(idOf(context))
    return { event: 'server', fields: { server }, text: say(context.language, 'resumed', { id: server.server_id }) }
  },
})

const remove = adminCommand({
  name: 'servers remove',
  summary: 'Forgets a server that is not connected.',
  positionals: [ID],
  examples: ['dhs servers remove GPU-004'],
  async act(context) {
    const server = await context.client.servers.remove(idOf(context))
    return { event: 'server', fields: { server }, text: say(context.language, 'removed', { id: server.server_id }) }
  },
})

const power = adminCommand({
  name: 'servers power',
  summary: 'Turns a server on or off through the gateway’s power hook; alone, lists the hook’s last calls.',
  positionals: [
    { name: 'action', help: 'on or off' },
    { name: 'id', help: 'the server; otherwise the hook chooses' },
  ],
  examples: ['dhs servers power on', 'dhs servers power off GPU-001'],
  async act(context) {
    const action = text(context.options, 'action')
    if (action === undefined) {
      const { power: now } = await context.client.servers.list()
      return { event: 'power', fields: { ...now }, text: powerText(now, context) }
    }
    if (action !== 'on' && action !== 'off') throw new UsageError(`ACTION is on or off, not "${action}"`)
    const given = text(context.options, 'id')
    const result = await context.client.servers.power(action, given === undefined ? null : serverIdOf(given))
    const values = { action, msg: printable(result.msg) }
    return {
      ...{ event: 'power', fields: { result }, exitCode: result.success ? 0 : 1 },
      text: say(context.language, powerWord(result), values),
    }
  },
})

/** What is on or on its way already is answered without a call, in no time. */
function powerWord({ success, duration_ms }: PowerResult): Word {
  if (!success) return 'powerFailed'
  return duration_ms === 0 ? 'powerUnneeded' : 'powerDone'
}

export const serversGroup: CommandGroup = {
  name: 'servers',
  summary: 'Tells which GPU server is sick and why; drains, resumes, forgets, turns on and off.',
  commands: [list, show, drain, resume, remove, power],
}

function idOf({ options }: AdminContext): string {
  return serverIdOf(text(options, 'id') ?? '')
}
