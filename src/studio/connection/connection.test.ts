import { afterEach, beforeEach, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger, openDatabase } from '../../shared/node/index.ts'
import type { Database } from '../../shared/node/index.ts'
import { STUDIO_MIGRATIONS } from '../database/migrations.ts'
import type { Platform } from '../platform.ts'
import { createSettingsStore } from '../settings/index.ts'
import { GatewayConnection } from './connection.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })
const NOBODY = 'http://127.0.0.1:1'
const none = (): Promise<never> => Promise.reject(new Error('not part of this test'))

/** A keychain that answers when the test says so. */
function slowKeychain() {
  const key = Promise.withResolvers<string>()
  const asked = Promise.withResolvers<undefined>()
  const platform: Platform = {
    capabilities: none,
    pickFiles: none,
    pickSavePath: none,
    revealInFolder: none,
    notify: none,
    secrets: {
      get: () => {
        asked.resolve(undefined)
        return key.promise
      },
      set: () => Promise.resolve({ persisted: true }),
    },
    keepAwake: none,
  }
  return { platform, key, asked: asked.promise }
}

let db: Database
let connection: GatewayConnection
const keychain = slowKeychain()
beforeEach(async () => {
  db = openDatabase({ path: ':memory:', migrations: STUDIO_MIGRATIONS })
  const settings = createSettingsStore({ db, log })
  connection = new GatewayConnection({
    settings,
    platform: keychain.platform,
    language: 'en',
    clock: createFakeClock(),
    log,
  })
  connection.setEmbedded({ url: NOBODY, token: 't' })
  await connection.start()
})
afterEach(() => {
  connection.stop()
  db.close()
})

it('stays with the later choice when the earlier one’s key comes late', async () => {
  const remote = connection.use({ kind: 'remote', url: 'http://localhost:1', licenseKey: null })
  await keychain.asked
  await connection.use({ kind: 'embedded' })
  keychain.key.resolve('k'.repeat(40))
  await remote
  expect([connection.link().key, connection.view.kind]).toEqual(['embedded', 'embedded'])
})
