import { basename, extname } from 'node:path'
import { AppError, randomId } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import { contentTypeOf } from '../../shared/node/index.ts'

export interface OpenFile {
  readonly handle: string
  readonly path: string
  /** The person's own file name. */
  readonly name: string
}

export interface ServedMedia {
  readonly path: string
  readonly contentType: string
  readonly fileName: string
}

/** An open page asks about its files at least with every change of the connection. */
const ABANDONED_AFTER_MS = 24 * 3_600_000
/** From here on, each new file makes room: one person never has as many open. */
const MANY_OPEN = 1_000
/** More than a page shows at once; the address of a file that was not asked for the longest time goes first. */
const MAX_SHOWN = 10_000

/**
 * Random names for files, so that the renderer never sees a path. Unguessable, and gone with the process. A file
 * that a person opened can be released; those the history shows keep one handle each, the last 10,000 of them.
 */
export class FileHandles {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #open = new Map<string, OpenFile>()
  readonly #usedAtMs = new Map<string, number>()
  readonly #shown = new Map<string, OpenFile>()
  readonly #shownByPath = new Map<string, string>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  register(path: string, name = basename(path)): OpenFile {
    if (this.#open.size >= MANY_OPEN) this.#releaseAbandoned()
    const file = { handle: randomId('h'), path, name }
    this.#open.set(file.handle, file)
    this.#touch(file.handle)
    return file
  }

  /** Throws HANDLE_UNKNOWN. */
  get(handle: string): OpenFile {
    const file = this.#open.get(handle)
    if (file === undefined) throw new AppError('HANDLE_UNKNOWN', { message: 'the handle is not open' })
    this.#touch(handle)
    return file
  }

  release(handle: string): void {
    this.#open.delete(handle)
    this.#usedAtMs.delete(handle)
  }

  /** Address of a file of ours, the same one each time while it is asked for. */
  addressOf(path: string): string {
    const known = this.#shown.get(this.#shownByPath.get(path) ?? '')
    const file = known ?? { handle: randomId('h'), path, name: basename(path) }
    this.#showLast(file)
    this.#shownByPath.set(path, file.handle)
    for (const oldest of this.#shown.values()) {
      if (this.#shown.size <= MAX_SHOWN) break
      this.#shown.delete(oldest.handle)
      this.#shownByPath.delete(oldest.path)
    }
    return mediaAddress(file.handle)
  }

  /** What `/media/<handle>` serves. */
  resolve(handle: string): ServedMedia | null {
    const opened = this.#open.get(handle)
    const file = opened ?? this.#shown.get(handle)
    if (file === undefined) return null
    if (opened === undefined) this.#showLast(file)
    else this.#touch(handle)
    return { path: file.path, contentType: contentTypeOf(extname(file.name)), fileName: file.name }
  }

  /** Paths that people have open: a sweeper must not remove them. A page that went away gives nothing back. */
  openPaths(): string[] {
    return [...this.#open.values()].filter((file) => !this.#isAbandoned(file)).map((file) => file.path)
  }

  /** Only when there are many: a page that slept for a weekend still finds its files. */
  #releaseAbandoned(): void {
    for (const file of this.#open.values()) if (this.#isAbandoned(file)) this.release(file.handle)
  }

  #isAbandoned({ handle }: OpenFile): boolean {
    return (this.#usedAtMs.get(handle) ?? 0) < this.#clock.monotonic() - ABANDONED_AFTER_MS
  }

  /** A Map keeps the order of insertion: the first one is the one not used for the longest time. */
  #showLast(file: OpenFile): void {
    this.#shown.delete(file.handle)
    this.#shown.set(file.handle, file)
  }

  #touch(handle: string): void {
    this.#usedAtMs.set(handle, this.#clock.monotonic())
  }
}

/** Same-origin in both doors. */
export function mediaAddress(handle: string): string {
  return `/media/${handle}`
}
