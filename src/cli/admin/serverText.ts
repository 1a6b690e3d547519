import type { AdminServer, AdminServerAnswer, AdminServersAnswer } from '../../protocol/admin/index.ts'
import type { AdminContext } from './adminCommand.ts'
import { printable, table } from './table.ts'
import { duration, relative } from './times.ts'
import { headings, say } from './words.ts'

type Reader = Pick<AdminContext, 'language' | 'columns' | 'nowMs'>

/** A line for each server, and below the one that takes nothing, why. */
export function serverTable({ servers, strategy, power }: AdminServersAnswer, reader: Reader): string {
  const { language, columns } = reader
  if (servers.length === 0) return say(language, 'noServers')
  const rows = servers.map((server) => rowOf(server, reader))
  const [head = '', ...lines] = table(
    headings(language, ['server', 'name', 'state', 'running', 'engine', 'load', 'seen', 'power']),
    rows,
    columns,
  ).split('\n')
  const withReasons = servers.flatMap((server, at) => [lines[at] ?? '', ...reasonLines(server, reader)])
  const hook = say(language, power.hook ? 'hook' : 'noHook')
  return [head, ...withReasons, say(language, 'dispatch', { strategy, hook })].join('\n')
}

/** One server, and what happened to it lately. */
export function serverDetails({ server, history, power_results }: AdminServerAnswer, reader: Reader): string {
  const { language, columns, nowMs } = reader
  const powered = power_results.map(({ at, action, success, msg }) => ({
    at,
    message: say(language, success ? 'powerDone' : 'powerFailed', { action, msg }),
  }))
  const events = [...history, ...powered].sort((a, b) => b.at - a.at)
  const learned =
    server.boot_seconds === null ? [] : [say(language, 'boot', { time: duration(server.boot_seconds, language) })]
  return [
    table(
      headings(language, ['server', 'name', 'state', 'running', 'engine', 'load', 'seen', 'power']),
      [rowOf(server, reader)],
      columns,
    ),
    ...reasonLines(server, reader),
    `worker ${printable(server.worker_id)} · ${server.task_types.map(printable).join(', ') || '–'}`,
    ...learned,
    '',
    table(
      headings(language, ['when', 'what']),
      events.map(({ at, message }) => [relative(at, nowMs, language), message]),
      columns,
    ),
  ].join('\n')
}

/** What the power hook did lately. */
export function powerText({ hook, state, results }: AdminServersAnswer['power'], reader: Reader): string {
  const { language, columns, nowMs } = reader
  const now = say(language, 'powerNow', { hook: say(language, hook ? 'hook' : 'noHook'), state })
  if (results.length === 0) return now
  const rows = results.map(({ at, action, server_id, cause, success, msg }) => [
    relative(at, nowMs, language),
    action,
    server_id ?? '–',
    cause,
    say(language, success ? 'succeeded' : 'failed'),
    msg,
  ])
  const words = ['when', 'action', 'server', 'cause', 'result', 'message'] as const
  return `${now}\n${table(headings(language, words), rows, columns)}`
}

function rowOf(server: AdminServer, { language, nowMs }: Reader): string[] {
  const lowered = server.limit < server.slots ? ` (${String(server.slots)})` : ''
  return [
    server.server_id,
    server.name,
    server.drained && server.state !== 'draining' ? `${server.state}, drained` : server.state,
    `${String(server.running)}/${String(server.limit)}${lowered}`,
    server.engines.map(({ name, ready }) => (ready ? name : `${name} ✗`)).join(' ') || '–',
    loadOf(server),
    relative(server.last_seen, nowMs, language),
    server.power,
  ]
}

function reasonLines({ reasons }: AdminServer, { language, nowMs }: Reader): string[] {
  const [open, close] = language === 'zh-CN' ? ['（', '）'] : [' (', ')']
  return reasons.map(({ message, at }) => `  ↳ ${printable(message)}${open}${relative(at, nowMs, language)}${close}`)
}

function loadOf({ load }: AdminServer): string {
  if (load === null) return '–'
  const gpus = load.gpus.map(({ util, mem_used, mem_total, temp }) => {
    const memory = mem_total > 0 ? ` mem ${percent(mem_used / mem_total)}` : ''
    const heat = temp === null ? '' : ` ${String(Math.round(temp))}°C`
    return `GPU ${util === null ? '–' : percent(util)}${memory}${heat}`
  })
  return [`CPU ${percent(load.cpu)}`, ...gpus].join(' ')
}

function percent(share: number): string {
  return `${String(Math.round(share * 100))}%`
}
