import type { AuditEntry } from '../../protocol/admin/index.ts'
import { adminCommand } from '../admin/adminCommand.ts'
import type { AdminContext } from '../admin/adminCommand.ts'
import { table } from '../admin/table.ts'
import { relative } from '../admin/times.ts'
import { headings, say } from '../admin/words.ts'
import { text, UsageError } from '../command.ts'

const KINDS = ['change', 'read', 'refused'] as const

export const auditCommand = adminCommand({
  name: 'audit',
  summary: 'Lists what operators did, and who was refused: newest first, kept 90 days.',
  options: {
    kind: { type: 'string', value: 'KIND', help: 'change (what it lists otherwise), read, refused, or all' },
    limit: { type: 'string', value: 'N', help: 'so many, at most 500 (50)' },
    cursor: { type: 'string', value: 'NUMBER', help: 'those before this one' },
  },
  examples: ['dhs audit', 'dhs audit --kind refused --json'],
  async act(context) {
    const kind = text(context.options, 'kind') ?? 'change'
    const known = KINDS.find((one) => one === kind)
    if (known === undefined && kind !== 'all')
      throw new UsageError(`--kind takes ${KINDS.join(', ')} or all; not "${kind}"`)
    const cursor = text(context.options, 'cursor')
    const page = await context.client.audit({
      ...(known === undefined ? {} : { kind: known }),
      limit: wholeNumber('limit', text(context.options, 'limit') ?? '50', 500),
      ...(cursor === undefined ? {} : { cursor: wholeNumber('cursor', cursor, Number.MAX_SAFE_INTEGER) }),
    })
    const { language } = context
    const more = page.cursor === null ? [] : [say(language, 'more', { cursor: page.cursor })]
    return { event: 'audit', fields: { ...page }, text: [auditTable(page.entries, context), ...more].join('\n') }
  },
})

function wholeNumber(name: string, given: string, most: number): number {
  const number = Number(given)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new UsageError(`--${name} takes a number from 1 to ${String(most)}, not "${given}"`)
}

function auditTable(entries: readonly AuditEntry[], { language, columns, nowMs }: AdminContext): string {
  if (entries.length === 0) return say(language, 'noAudit')
  const rows = entries.map((entry) => [
    relative(entry.at, nowMs, language),
    entry.actor,
    entry.address,
    `${entry.method} ${entry.route}`,
    entry.code ?? (entry.status === null ? '–' : String(entry.status)),
    changeOf(entry),
  ])
  return table(headings(language, ['when', 'actor', 'address', 'call', 'result', 'what']), rows, columns)
}

/** `strategy: "round-robin" → "sticky"` where values were replaced, otherwise what was asked for. */
function changeOf({ input, before, after }: AuditEntry): string {
  const given = input ?? {}
  if (after === null) return pairs(given).join(', ')
  const names = Object.keys(after)
  const changed = names.map((name) => {
    const was = before?.[name]
    return `${name}: ${was === undefined ? '' : `${JSON.stringify(was)} → `}${JSON.stringify(after[name])}`
  })
  return [
    ...pairs(Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)))),
    ...changed,
  ].join(', ')
}

function pairs(values: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(values).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
}
