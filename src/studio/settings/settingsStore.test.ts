import { describe, expect, it } from 'vitest'
import { createLogger, openDatabase } from '../../shared/node/index.ts'
import { STUDIO_MIGRATIONS } from '../database/migrations.ts'
import { createSettingsStore } from './settingsStore.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })
const DEFAULTS = { language: 'system', theme: 'system', firstRunDone: false, uploadLimitBytesPerSecond: null }

describe('settings', () => {
  const db = openDatabase({ path: ':memory:', migrations: STUDIO_MIGRATIONS })
  const open = () => createSettingsStore({ db, log })

  it('begin with defaults, keep what is set, and tell listeners', () => {
    const store = open()
    const heard: unknown[] = []
    store.onChange((settings) => heard.push(settings))
    expect(store.get()).toEqual(DEFAULTS)
    store.set({ theme: 'dark', firstRunDone: true })
    const wanted = { ...DEFAULTS, theme: 'dark', firstRunDone: true }
    expect([heard, open().get()]).toEqual([[wanted], wanted])
  })

  it('refuse a value that cannot be, and change nothing', () => {
    const store = open()
    const before = store.get()
    expect(() => store.set({ uploadLimitBytesPerSecond: -1 })).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', field: 'uploadLimitBytesPerSecond' }),
    )
    expect(open().get()).toEqual(before)
  })

  it('fall back one by one where a stored value is garbage or from another version', () => {
    open().set({ language: 'en', theme: 'dark' })
    db.run("UPDATE settings SET value = '{not json' WHERE name = 'theme'")
    db.run("INSERT OR REPLACE INTO settings VALUES ('firstRunDone', '\"yes\"'), ('unknown', '1')")
    expect(open().get()).toEqual({ ...DEFAULTS, language: 'en' })
  })
})
