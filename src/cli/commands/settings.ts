import { z } from 'zod'
import { gatewaySettingsSchema, settingsPatchSchema } from '../../protocol/admin/index.ts'
import type { GatewaySettings, SettingsPatch } from '../../protocol/admin/index.ts'
import { AppError } from '../../shared/index.ts'
import { adminCommand } from '../admin/adminCommand.ts'
import { table } from '../admin/table.ts'
import { headings, say } from '../admin/words.ts'
import { text, UsageError } from '../command.ts'
import type { CommandGroup } from '../command.ts'

const show = adminCommand({
  name: 'settings show',
  summary: 'Lists the settings that change while the gateway runs.',
  examples: ['dhs settings show', 'dhs settings show --json'],
  async act({ client, language, columns }) {
    const settings = await client.settings.read()
    const rows = Object.entries(settings).map(([name, value]) => [name, shown(value)])
    return {
      event: 'settings',
      fields: { settings },
      text: table(headings(language, ['setting', 'value']), rows, columns),
    }
  },
})

const set = adminCommand({
  name: 'settings set',
  summary: 'Changes a setting, at once and for good. The audit log keeps the old and the new value.',
  positionals: [
    { name: 'name', help: 'as “dhs settings show” lists it; NAME=VALUE is understood too', required: true },
    { name: 'value', help: 'a word or a number; none where there is to be no limit' },
  ],
  examples: ['dhs settings set strategy least-busy', 'dhs settings set queued_ttl_hours none'],
  async act({ client, options, language }) {
    const [given = '', ...rest] = (text(options, 'name') ?? '').split('=')
    const value = text(options, 'value') ?? (rest.length === 0 ? undefined : rest.join('='))
    if (value === undefined) throw new UsageError('VALUE is missing')
    const name = settingName(given)
    const patch = parsePatch(name, value)
    const before = (await client.settings.read())[name]
    const after = (await client.settings.change(patch))[name]
    return {
      ...{ event: 'setting', fields: { name, before, after } },
      text: say(language, 'settingChanged', { name, before: shown(before), after: shown(after) }),
    }
  },
})

export const settingsGroup: CommandGroup = {
  name: 'settings',
  summary: 'Limits, retention, strategy and adaptive limits of a running gateway.',
  commands: [show, set],
}

const NO_LIMIT = 'none'

function shown(value: GatewaySettings[keyof GatewaySettings]): string {
  return value === null ? NO_LIMIT : String(value)
}

function settingName(text: string): keyof GatewaySettings {
  const names = gatewaySettingsSchema.keyof().options
  const name = names.find((known) => known === text)
  if (name === undefined) throw new UsageError(`there is no setting "${text}": ${names.join(', ')}`)
  return name
}

/** Judged here by the gateway's own schema, so that a typing mistake is answered as one. */
function parsePatch(name: keyof GatewaySettings, text: string): SettingsPatch {
  const value = text === NO_LIMIT ? null : /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text
  const parsed = settingsPatchSchema.safeParse({ [name]: value })
  if (parsed.success) return parsed.data
  const data = { setting: name, value: text, accepted: accepted(name) }
  throw new AppError('SETTING_VALUE', { message: `${name} cannot be ${text}`, field: name, data })
}

const rangeSchema = z.object({ minimum: z.number(), maximum: z.number() })
const wordsSchema = z.object({ enum: z.array(z.string()) })
const choiceSchema = z.object({ anyOf: z.array(z.unknown()) })

/** What a setting takes, read off its schema, in no language: `1 … 720, none` or `aimd, step, off`. */
function accepted(name: keyof GatewaySettings): string {
  const schema: unknown = z.toJSONSchema(gatewaySettingsSchema.shape[name])
  const choices = choiceSchema.safeParse(schema)
  return (choices.success ? choices.data.anyOf : [schema]).map(oneAccepted).join(', ')
}

function oneAccepted(schema: unknown): string {
  const words = wordsSchema.safeParse(schema)
  if (words.success) return words.data.enum.join(', ')
  const range = rangeSchema.safeParse(schema)
  return range.success ? `${String(range.data.minimum)} … ${String(range.data.maximum)}` : NO_LIMIT
}
