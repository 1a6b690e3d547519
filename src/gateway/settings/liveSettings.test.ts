import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../protocol/admin/index.ts'
import type { SettingsPatch } from '../../protocol/admin/index.ts'
import { openMemoryGatewayDatabase } from '../store/gatewayDatabase.ts'
import { settingsOf } from './defaults.ts'
import { openLiveSettings } from './liveSettings.ts'
import type { SettingsChange } from './liveSettings.ts'

describe('live settings', () => {
  it('begin as the defaults, then what the start says, then what an operator stored', () => {
    const db = openMemoryGatewayDatabase()
    expect(openLiveSettings(db).current()).toEqual(DEFAULT_SETTINGS)
    const started = { submits_per_minute: 5, strategy: 'sticky' } as const
    expect(openLiveSettings(db, started).current()).toEqual({ ...DEFAULT_SETTINGS, ...started })
    openLiveSettings(db, started).change({ strategy: 'least-busy' })
    // What was not changed still follows the start.
    expect(openLiveSettings(db, { submits_per_minute: 7, strategy: 'sticky' }).current()).toEqual({
      ...{ ...DEFAULT_SETTINGS, submits_per_minute: 7, strategy: 'least-busy' },
    })
  })

  it('change at once and for good, and tell what changed', () => {
    const db = openMemoryGatewayDatabase()
    const settings = openLiveSettings(db)
    const told: SettingsChange[] = []
    const leave = settings.onChange((change) => told.push(change))
    const change = settings.change({ queued_ttl_hours: null, max_threshold: 20 })
    expect(change).toEqual({
      before: DEFAULT_SETTINGS,
      after: { ...DEFAULT_SETTINGS, queued_ttl_hours: null, max_threshold: 20 },
    })
    expect([settings.current(), openLiveSettings(db).current(), told]).toEqual([change.after, change.after, [change]])
    leave()
    settings.change({ queued_ttl_hours: 24 })
    expect(told).toHaveLength(1)
  })

  it.each<[string, SettingsPatch, string]>([
    ['a value outside its range', { queued_ttl_hours: 0 }, 'queued_ttl_hours'],
    ['half a number', { max_threshold: 1.5 }, 'max_threshold'],
    ['one good and one bad', { strategy: 'sticky', recovery_interval: -1 }, 'recovery_interval'],
  ])('refuse %s, and nothing of it is stored', (_, patch, field) => {
    const db = openMemoryGatewayDatabase()
    const settings = openLiveSettings(db)
    expect(() => settings.change(patch)).toThrow(expect.objectContaining({ code: 'SCHEMA', field }) as Error)
    expect([settings.current(), db.all('SELECT * FROM setting')]).toEqual([DEFAULT_SETTINGS, []])
  })

  it.each([
    [{ min_threshold: 13 }, 'min_threshold', { min: 13, default: 12, max: 12 }],
    [{ max_threshold: 5, strategy: 'sticky' }, 'max_threshold', { min: 2, default: 12, max: 5 }],
  ] as const)('refuse %j with the field that was asked for and what it is apart from', (patch, field, data) => {
    const db = openMemoryGatewayDatabase()
    const settings = openLiveSettings(db)
    expect(() => settings.change(patch)).toThrow(
      expect.objectContaining({ code: 'THRESHOLDS_APART', field, data }) as Error,
    )
    expect([settings.current(), db.all('SELECT * FROM setting')]).toEqual([DEFAULT_SETTINGS, []])
  })

  it('refuse a name they do not know', () => {
    const settings = openLiveSettings(openMemoryGatewayDatabase())
    expect(() => settings.change(JSON.parse('{"admin": true}') as SettingsPatch)).toThrow(
      expect.objectContaining({ code: 'SCHEMA' }) as Error,
    )
  })

  it('of another version that make no sense here do not keep the gateway from starting', () => {
    const db = openMemoryGatewayDatabase()
    const store = (name: string, value: string) => db.run('INSERT INTO setting(name, value) VALUES (?, ?)', name, value)
    store('strategy', '"by-the-moon"')
    store('recovery_interval', 'not json')
    store('forgotten_name', '1')
    store('results_kept_days', '30')
    expect(openLiveSettings(db).current()).toEqual({ ...DEFAULT_SETTINGS, results_kept_days: 30 })
  })

  it('that made sense with the defaults of another version only begin anew together', () => {
    const db = openMemoryGatewayDatabase()
    openLiveSettings(db, { max_threshold: 40 }).change({ default_threshold: 30, results_kept_days: 30 })
    expect(openLiveSettings(db).current()).toEqual({ ...DEFAULT_SETTINGS, results_kept_days: 30 })
    expect(openLiveSettings(db, { max_threshold: 40 }).current().default_threshold).toBe(30)
  })

  it('take over the limits a gateway is started with', () => {
    const limits = settingsOf({ submitsPerMinute: 3, queuedPerTenant: 4 })
    const settings = openLiveSettings(openMemoryGatewayDatabase(), limits).current()
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, submits_per_minute: 3, queued_per_tenant: 4 })
  })
})
