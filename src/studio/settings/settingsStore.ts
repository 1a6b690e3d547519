import { settingsPatchSchema, settingsSchema } from '../../protocol/studio/index.ts'
import type { Settings, SettingsPatch } from '../../protocol/studio/index.ts'
import { AppError, createEmitter } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'

const DEFAULTS: Settings = {
  language: 'system',
  theme: 'system',
  firstRunDone: false,
  uploadLimitBytesPerSecond: null,
}

export interface SettingsStore {
  get(): Settings
  /** Stores the fields given. Throws SETTING_INVALID naming the first that cannot be. */
  set(patch: SettingsPatch): Settings
  onChange(listener: (settings: Settings) => void): () => void
  /** A value of the studio's own (the gateway in use); undefined when absent or not JSON. */
  readOwn(name: string): unknown
  writeOwn(name: string, value: unknown): void
}

export function createSettingsStore(deps: { readonly db: Database; readonly log: Logger }): SettingsStore {
  const { db, log } = deps
  const changes = createEmitter<Settings>()
  const write = (name: string, value: unknown): void => {
    db.run('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', name, JSON.stringify(value))
  }
  let current = load(db, log)

  return {
    get: () => current,
    set(patch) {
      const parsed = settingsPatchSchema.safeParse(patch)
      if (!parsed.success) throw invalid(parsed.error.issues[0])
      const given = Object.entries(parsed.data).filter(([, value]) => value !== undefined)
      db.transaction(() => {
        for (const [name, value] of given) write(name, value)
      })
      current = settingsSchema.parse({ ...current, ...Object.fromEntries(given) })
      changes.emit(current)
      return current
    },
    onChange: (listener) => changes.on(listener),
    readOwn: (name) =>
      readJson(db.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', own(name))?.value),
    writeOwn: (name, value) => {
      write(own(name), value)
    },
  }
}

/** Each field stands alone: one that cannot be read falls back to its default, the others stay. */
function load(db: Database, log: Logger): Settings {
  const stored = new Map(
    db.all<{ name: string; value: string }>('SELECT name, value FROM settings').map((row) => [row.name, row.value]),
  )
  const settings: { [name: string]: unknown } = { ...DEFAULTS }
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    const text = stored.get(name)
    if (text === undefined) continue
    const parsed = schema.safeParse(readJson(text))
    if (parsed.success) settings[name] = parsed.data
    else log.warn('a setting could not be read, its default is used', { setting: name })
  }
  return settingsSchema.parse(settings)
}

function readJson(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function own(name: string): string {
  return `studio.${name}`
}

function invalid(issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): AppError {
  const setting = String(issue?.path[0] ?? '')
  return new AppError('SETTING_INVALID', {
    message: `the setting ${setting} cannot have that value`,
    field: setting,
    data: { setting, detail: issue?.message ?? '' },
  })
}
