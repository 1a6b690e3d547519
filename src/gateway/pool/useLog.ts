import type { IndexedFile, PoolIndex } from './poolIndex.ts'

const MAX_UNWRITTEN = 10_000

interface Use {
  readonly tenant: string
  readonly md5: string
  readonly atMs: number
}

/**
 * When files were last asked for. Kept in memory and written now and then: a crash makes files look as if they had
 * rested some minutes longer, which matters to nobody.
 */
export class UseLog {
  readonly #index: PoolIndex
  readonly #uses = new Map<string, Use>()

  constructor(index: PoolIndex) {
    this.#index = index
  }

  note(tenant: string, md5: string, atMs: number): void {
    this.#uses.set(keyOf(tenant, md5), { tenant, md5, atMs })
    if (this.#uses.size >= MAX_UNWRITTEN) this.write()
  }

  lastUseMs(tenant: string, file: IndexedFile): number {
    return Math.max(file.usedMs, this.#uses.get(keyOf(tenant, file.md5))?.atMs ?? 0)
  }

  write(): void {
    if (this.#uses.size === 0) return
    this.#index.touch(this.#uses.values())
    this.#uses.clear()
  }
}

function keyOf(tenant: string, md5: string): string {
  return `${tenant}/${md5}`
}
