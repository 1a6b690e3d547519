import { AppError, createEmitter, randomHex } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Database, Logger } from '../../shared/node/index.ts'
import { metaValue } from '../store/gatewayDatabase.ts'
import { KeyTable } from './keyTable.ts'
import type { StoredKey } from './keyTable.ts'
import type { AddedKey, LicenceKey, LicenceKeys, Principal, RevokeOutcome } from './port.ts'
import { hmacHex } from './secrets.ts'

export interface KeyRingDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
}

const FILE_KEY_ID = 'k_file'

/**
 * Every licence key by its hash. A bearer is hashed under the pepper and looked up: one hash and one look-up, right
 * or wrong, and how near a guess is to a key shows in nothing, for its hash is anywhere.
 */
export class KeyRing implements LicenceKeys {
  readonly #deps: KeyRingDeps
  readonly #table: KeyTable
  readonly #pepper: string
  readonly #byHash = new Map<string, StoredKey>()
  readonly #byId = new Map<string, StoredKey>()
  readonly #revoked = createEmitter<string>()

  constructor(deps: KeyRingDeps) {
    this.#deps = deps
    this.#table = new KeyTable(deps.db)
    this.#pepper = metaValue(deps.db, 'key_pepper', () => randomHex(32))
    for (const key of this.#table.all()) this.#remember(key)
  }

  /**
   * The key of the credentials file: known by its place, so that another one there puts it out. Throws KEY_TAKEN for
   * one of the list, which would open another tenant there, or again what a revoke has closed.
   */
  setFileKey(secret: string, tenant: string): void {
    const hash = hmacHex(this.#pepper, secret)
    const taken = this.#byHash.get(hash)
    if (taken !== undefined && taken.id !== FILE_KEY_ID) throw new AppError('KEY_TAKEN', { data: { id: taken.id } })
    const known = this.#byId.get(FILE_KEY_ID)
    if (known?.hash === hash && known.tenant === tenant) {
      this.#remember(known)
      return
    }
    const createdMs = this.#deps.clock.now()
    const added = { name: 'credentials file', source: 'file', createdMs, lastUsedDay: null, revokedMs: null } as const
    const key: StoredKey = { id: FILE_KEY_ID, hash, tenant, ...added }
    this.#table.replace(key)
    if (known !== undefined && this.#byHash.get(known.hash)?.id === FILE_KEY_ID) this.#byHash.delete(known.hash)
    this.#remember(key)
  }

  find(bearer: string): Principal | undefined {
    const key = this.#byHash.get(hmacHex(this.#pepper, bearer))
    if (key === undefined || key.revokedMs !== null) return undefined
    return { kind: 'tenant', tenant: this.#touch(key).tenant, keyId: key.id }
  }

  list(): readonly LicenceKey[] {
    return [...this.#byId.values()].sort(byAge).map(withoutHash)
  }

  add({ name, tenant }: { readonly name: string; readonly tenant?: string | undefined }): AddedKey {
    const secret = `lk_${randomHex(32)}`
    const key: StoredKey = {
      id: `k_${randomHex(6)}`,
      hash: hmacHex(this.#pepper, secret),
      tenant: tenant ?? `t-${randomHex(8)}`,
      ...{ name, source: 'added', createdMs: this.#deps.clock.now(), lastUsedDay: null, revokedMs: null },
    }
    if (this.#byId.has(key.id)) throw new AppError('INTERNAL', { message: 'two keys got one id', retryable: true })
    const isNewTenant = this.#table.add(key)
    this.#remember(key)
    return { key: withoutHash(key), secret, isNewTenant }
  }

  revoke(id: string): RevokeOutcome {
    const key = this.#byId.get(id)
    if (key === undefined) return { kind: 'missing' }
    if (key.source === 'file') return { kind: 'of_the_file' }
    if (key.revokedMs !== null) return { kind: 'already', key: withoutHash(key) }
    const revoked: StoredKey = { ...key, revokedMs: this.#deps.clock.now() }
    this.#table.setRevoked(id, revoked.revokedMs ?? 0)
    this.#remember(revoked)
    this.#revoked.emit(id)
    return { kind: 'revoked', key: withoutHash(revoked) }
  }

  onRevoked(listener: (keyId: string) => void): () => void {
    return this.#revoked.on(listener)
  }

  #remember(key: StoredKey): void {
    this.#byId.set(key.id, key)
    this.#byHash.set(key.hash, key)
  }

  /** Written once a day for each key; a disk that takes nothing keeps nobody out. */
  #touch(key: StoredKey): StoredKey {
    const day = new Date(this.#deps.clock.now()).toISOString().slice(0, 10)
    if (key.lastUsedDay === day) return key
    const touched = { ...key, lastUsedDay: day }
    this.#remember(touched)
    try {
      this.#table.setLastDay(key.id, day)
    } catch (error) {
      this.#deps.log.warn('the last use of a licence key could not be stored', { key: key.id, error })
    }
    return touched
  }
}

function byAge(a: LicenceKey, b: LicenceKey): number {
  return Number(b.source === 'file') - Number(a.source === 'file') || a.createdMs - b.createdMs
}

function withoutHash({ hash: _hash, ...key }: StoredKey): LicenceKey {
  return key
}
