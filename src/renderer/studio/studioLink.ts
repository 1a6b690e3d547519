import { ORPCError } from '@orpc/client'
import type { AppErrorJson, Clock, Emitter } from '../../shared/index.ts'
import { AppError, createEmitter, delay, equalJitterMs } from '../../shared/index.ts'
import type { CallLink } from './client.ts'
import { DoorRefused } from './door.ts'
import type { Carrier, Door } from './door.ts'

/** `connecting` first try · `open` · `reconnecting` it was open before · `refused` trying again is useless. */
export type LinkState = 'connecting' | 'open' | 'reconnecting' | 'refused'

export interface StudioLink extends CallLink {
  readonly state: LinkState
  readonly changed: Emitter<LinkState>
  /** Resolves when requests can travel. */
  whenOpen(signal?: AbortSignal): Promise<void>
  stop(): void
}

const BACKOFF = { baseMs: 300, factor: 2, capMs: 8_000 }

/** The connection was lost under a request: nobody knows whether it was carried out. */
export const LINK_LOST = 'STUDIO_LINK_LOST'

export interface StudioLinkDeps {
  readonly door: Door
  readonly clock: Clock
  readonly random?: () => number
}

/**
 * Keeps one carrier open for as long as the page lives. Requests made while there is none wait for the next; those
 * under way when it breaks are rejected with LINK_LOST. Every other failure arrives as an AppError.
 */
export function createStudioLink({ door, clock, random = Math.random }: StudioLinkDeps): StudioLink {
  const stopped = new AbortController()
  const changed = createEmitter<LinkState>()
  let state: LinkState = 'connecting'
  let carrier: Carrier | null = null

  const become = (next: LinkState, live: Carrier | null): void => {
    carrier = live
    if (next === state) return
    state = next
    changed.emit(next)
  }

  const isStopped = (): boolean => stopped.signal.aborted

  async function keepOpen(): Promise<void> {
    for (let attempt = 0; !isStopped(); attempt += 1) {
      const outcome = await live()
      if (outcome === 'refused') {
        become('refused', null)
        return
      }
      if (outcome === 'lost') attempt = 0
      await delay(clock, equalJitterMs(BACKOFF, attempt, random), stopped.signal).catch(ignoreStop)
    }
  }

  /** One life of the connection, from opening it to its end. */
  async function live(): Promise<'refused' | 'failed' | 'lost'> {
    const opened = await open(door, stopped.signal)
    if (opened === 'refused' || opened === 'failed') return opened
    become('open', opened)
    const reason = await opened.closed
    if (reason === 'lost' && !isStopped()) become('reconnecting', null)
    return reason
  }

  function whenOpen(signal?: AbortSignal): Promise<void> {
    if (carrier !== null) return Promise.resolve()
    const opened = Promise.withResolvers<undefined>()
    const abort = (): void => opened.reject(signal?.reason)
    signal?.addEventListener('abort', abort)
    const off = changed.on((next) => {
      if (next === 'open') opened.resolve(undefined)
    })
    return opened.promise.finally(() => {
      off()
      signal?.removeEventListener('abort', abort)
    })
  }

  const call: CallLink['call'] = async (path, input, options) => {
    await whenOpen(options.signal)
    const used = carrier
    if (used === null) throw new AppError(LINK_LOST, { retryable: true })
    try {
      return await used.link.call(path, input, options)
    } catch (thrown) {
      if (options.signal?.aborted === true) throw thrown
      throw used === carrier ? toAppError(thrown) : new AppError(LINK_LOST, { retryable: true, cause: thrown })
    }
  }

  void keepOpen()
  return {
    call,
    changed,
    whenOpen,
    get state() {
      return state
    },
    stop() {
      stopped.abort()
      carrier?.close()
    },
  }
}

const ignoreStop = (): void => undefined

async function open(door: Door, signal: AbortSignal): Promise<Carrier | 'failed' | 'refused'> {
  try {
    return await door.open(signal)
  } catch (error) {
    return error instanceof DoorRefused ? 'refused' : 'failed'
  }
}

/** What the contract declares (FAILED carries the AppError), or INTERNAL for what it does not. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof ORPCError) {
    const data: unknown = thrown.data
    if (isAppErrorJson(data)) return AppError.fromJSON(data)
    const code = thrown.code === 'BAD_REQUEST' ? 'IPC_SCHEMA' : 'INTERNAL'
    return new AppError(code, { message: thrown.message, cause: thrown })
  }
  return AppError.from(thrown)
}

function isAppErrorJson(data: unknown): data is AppErrorJson {
  return (
    typeof data === 'object' && data !== null && 'code' in data && typeof data.code === 'string' && 'message' in data
  )
}
