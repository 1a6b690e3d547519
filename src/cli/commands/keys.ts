import { tenantIdSchema } from '../../protocol/admin/index.ts'
import type { LicenceKeyView } from '../../protocol/admin/index.ts'
import { AppError } from '../../shared/index.ts'
import { adminCommand } from '../admin/adminCommand.ts'
import type { AdminContext } from '../admin/adminCommand.ts'
import { findKeyId } from '../admin/ids.ts'
import { table } from '../admin/table.ts'
import { relative } from '../admin/times.ts'
import { headings, say } from '../admin/words.ts'
import { text } from '../command.ts'
import type { CommandGroup } from '../command.ts'

const add = adminCommand({
  name: 'keys add',
  summary: 'Makes a licence key. It is shown once and stored nowhere.',
  options: {
    name: { type: 'string', value: 'NAME', help: 'whose key it is, for the list', required: true },
    tenant: { type: 'string', value: 'TENANT', help: 'open this tenant’s work (otherwise a new one of its own)' },
  },
  notes: [
    'A tenant is named by small letters, digits and dashes, such as acme or studio-2.',
    'Several keys may open one tenant: one for each PC of a studio, each revoked by itself.',
  ],
  examples: ['dhs keys add --name "Ann, PC at home"', 'dhs keys add --name Bob --tenant acme --json'],
  async act({ client, options, language }) {
    const given = readTenant(text(options, 'tenant'))
    const answer = await client.keys.add({ name: text(options, 'name') ?? '', tenant: given })
    const { key_id: id, name, tenant } = answer.key
    return {
      ...{ event: 'key', fields: { ...answer } },
      text: [
        say(language, 'keyMade', { id, name, tenant }),
        answer.secret,
        // A tenant that was misspelt would be a new one, and its people would miss their work.
        ...(answer.new_tenant && given !== undefined ? [say(language, 'keyTenantNew')] : []),
      ].join('\n'),
    }
  },
})

const list = adminCommand({
  name: 'keys list',
  summary: 'Lists licence keys, without the keys themselves.',
  examples: ['dhs keys list'],
  async act(context) {
    const keys = await context.client.keys.list()
    return { event: 'keys', fields: { keys }, text: keyTable(keys, context) }
  },
})

const revoke = adminCommand({
  name: 'keys revoke',
  summary: 'Ends a licence key at once, with its open connections. Tasks of its tenant go on.',
  positionals: [{ name: 'id', help: 'the key’s id (not the key), or the beginning of it', required: true }],
  examples: ['dhs keys revoke k_5d01c2'],
  async act({ client, options, language }) {
    const answer = await client.keys.revoke(await findKeyId(client, text(options, 'id') ?? ''))
    const word = answer.already ? 'keyAlready' : 'keyRevoked'
    return { event: 'key', fields: { ...answer }, text: say(language, word, { id: answer.key.key_id }) }
  },
})

export const keysGroup: CommandGroup = {
  name: 'keys',
  summary: 'Licence keys of tenants: adds, lists, revokes.',
  commands: [add, list, revoke],
}

/** Judged here by the gateway's own rule: its answer names the field alone. */
function readTenant(tenant: string | undefined): string | undefined {
  if (tenant === undefined || tenantIdSchema.safeParse(tenant).success) return tenant
  throw new AppError('TENANT_INVALID', { message: `${tenant} is no tenant`, field: 'tenant', data: { tenant } })
}

function keyTable(keys: readonly LicenceKeyView[], { language, columns, nowMs }: AdminContext): string {
  const rows = keys.map((key) => [
    key.key_id,
    key.tenant,
    key.source === 'file' ? say(language, 'keyOfFile') : key.name,
    relative(key.created_at, nowMs, language),
    key.last_used_day ?? say(language, 'never'),
    key.revoked_at === null
      ? say(language, 'keyActive')
      : say(language, 'keyGone', { when: relative(key.revoked_at, nowMs, language) }),
  ])
  return table(headings(language, ['id', 'tenant', 'name', 'created', 'used', 'state']), rows, columns)
}
