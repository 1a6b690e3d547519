import { DEFAULT_SETTINGS, gatewaySettingsSchema, settingsPatchSchema } from '../../protocol/admin/index.ts'
import type { GatewaySettings, SettingsPatch } from '../../protocol/admin/index.ts'
import { AppError, createEmitter } from '../../shared/index.ts'
import type { Database } from '../../shared/node/index.ts'

export interface SettingsChange {
  readonly before: GatewaySettings
  readonly after: GatewaySettings
}

/** What an operator can change while the gateway runs. Whoever needs one reads it when it is needed. */
export interface LiveSettings {
  current(): GatewaySettings
  /**
   * Durable before it returns. Throws SCHEMA for an unknown name or a value outside its range and
   * THRESHOLDS_APART for a least above the most; nothing changes then.
   */
  change(patch: SettingsPatch): SettingsChange
  onChange(listener: (change: SettingsChange) => void): () => void
}

/** Kept in the database by name; what was never changed follows `defaults`. */
export function openLiveSettings(db: Database, defaults: SettingsPatch = {}): LiveSettings {
  const changes = createEmitter<SettingsChange>()
  let current = read(db, defaults)
  return {
    current: () => current,
    change(patch) {
      const parsed = settingsPatchSchema.safeParse(patch)
      if (!parsed.success) {
        const [issue] = parsed.error.issues
        throw new AppError('SCHEMA', { field: issue?.path.join('.') ?? '', message: issue?.message ?? 'invalid' })
      }
      const before = current
      const after = consistent({ ...before, ...withoutUndefined(parsed.data) }, parsed.data)
      db.transaction(() => {
        for (const [name, value] of Object.entries(withoutUndefined(parsed.data))) {
          db.run(
            'INSERT INTO setting(name, value) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value',
            ...[name, JSON.stringify(value)],
          )
        }
      })
      current = after
      changes.emit({ before, after })
      return { before, after }
    },
    onChange: (listener) => changes.on(listener),
  }
}

function read(db: Database, defaults: SettingsPatch): GatewaySettings {
  const begin = gatewaySettingsSchema.parse({ ...DEFAULT_SETTINGS, ...withoutUndefined(defaults) })
  const rows = db.all<{ name: string; value: string }>('SELECT name, value FROM setting')
  // A value that this version does not take must not keep the gateway from starting: its name begins anew.
  const stored = rows.reduce((settings, { name, value }) => {
    const parsed = settingsPatchSchema.safeParse({ [name]: toJson(value) })
    return parsed.success ? { ...settings, ...withoutUndefined(parsed.data) } : settings
  }, consistent(begin))
  if (isConsistent(stored)) return stored
  // Nor those that made sense with other defaults only.
  const { min_threshold, default_threshold, max_threshold } = begin
  return { ...stored, min_threshold, default_threshold, max_threshold }
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const THRESHOLDS = ['min_threshold', 'default_threshold', 'max_threshold'] as const

/** The refusal names the field that was `asked` for, and all three values as they would be. */
function consistent(settings: GatewaySettings, asked: SettingsPatch = {}): GatewaySettings {
  if (isConsistent(settings)) return settings
  const field = THRESHOLDS.find((name) => asked[name] !== undefined) ?? 'default_threshold'
  throw new AppError('THRESHOLDS_APART', {
    ...{ field, message: 'min_threshold ≤ default_threshold ≤ max_threshold' },
    data: { min: settings.min_threshold, default: settings.default_threshold, max: settings.max_threshold },
  })
}

function isConsistent({ min_threshold, default_threshold, max_threshold }: GatewaySettings): boolean {
  return min_threshold <= default_threshold && default_threshold <= max_threshold
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>
}
