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

/**
 * Random names for files, so that the renderer never sees a path. Unguessable, and gone with the process. A file
 * that a person opened can be released; those the history shows keep one handle each.
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

  /** Address of a file of ours, the same one each time. */
  addressOf(path: string): string {
    const known = this.#shownByPath.get(path)
    if (known !== undefined) return mediaAddress(known)
    const file = { handle: randomId('h'), path, name: basename(path) }
    this.#shown.set(file.handle, file)
    this.#shownByPath.set(path, file.handle)
    return mediaAddress(file.handle)
  }

  /** What `/media/<handle>` serves. */
  resolve(handle: string): ServedMedia | null {
    const file = this.#open.get(handle) ?? this.#shown.get(handle)
    if (file === undefined) return null
    if (this.#open.has(handle)) this.#touch(handle)
    return { path: file.path, contentType: contentTypeOf(extname(file.name)), fileName: file.name }
  }

  /** Paths that people have open: a sweeper must not remove them. A page that went away gives nothing back. */
  openPaths(): string[] {
    const sinceMs = this.#clock.monotonic() - ABANDONED_AFTER_MS
    return [...this.#open.values()]
      .filter(({ handle }) => (this.#usedAtMs.get(handle) ?? 0) >= sinceMs)
      .map((file) => file.path)
  }

  #touch(handle: string): void {
    this.#usedAtMs.set(handle, this.#clock.monotonic())
  }
}

/** Same-origin in both doors. */
export function mediaAddress(handle: string): string {
  return `/media/${handle}`
}
