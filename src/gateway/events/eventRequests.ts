import type { Socket } from 'socket.io'
import type { z } from 'zod'
import { describeError, isErrorCode } from '../../protocol/errors/index.ts'
import type { ErrorCode, Language } from '../../protocol/errors/index.ts'
import type { ServerEvents, SinceAnswer, sinceFailureSchema } from '../../protocol/events/index.ts'
import { AppError } from '../../shared/index.ts'
import type { GatewayParts } from '../parts.ts'
import type { EventClient } from './eventAuth.ts'
import type { EventLine } from './eventLine.ts'
import { tasksSince } from './tasksSince.ts'

type Failure = z.infer<typeof sinceFailureSchema>

export interface ClientEvents {
  'tasks.since': (request: unknown, ack: (answer: SinceAnswer | Failure) => void) => void
}

export type EmittedEvents = { [K in keyof ServerEvents]: (body: ServerEvents[K]) => void }
export type EventSocket = Socket<ClientEvents, EmittedEvents, Record<string, never>, EventClient>

/** Requests of one client that may wait for their answer at once. */
const MAX_PENDING = 100
/** Rooms are the server's own business: it chooses one by the credential. */
const ROOM_EVENTS: ReadonlySet<string> = new Set(['join', 'leave', 'subscribe', 'unsubscribe'])

/**
 * Answers what a client asks for, one after another, and only while it reads: who leaves its answers unread and goes on
 * asking is cut off. An event nobody knows is answered with a code where an answer is asked for.
 */
export function serveRequests(parts: GatewayParts, socket: EventSocket, line: EventLine): void {
  const { language } = socket.data
  let pending = 0
  let last = Promise.resolve()
  const refuse = (code: ErrorCode): Failure => {
    parts.metrics.refused('events', code)
    return failure(code, language)
  }
  socket.use(([name, ...rest], next) => {
    // Until it confirms the close, or is cut, it may go on talking.
    if (!line.isOpen) return
    if (name === 'tasks.since') {
      next()
      return
    }
    const ack: unknown = rest.at(-1)
    if (isAck(ack)) ack(refuse(ROOM_EVENTS.has(name) ? 'FORBIDDEN' : 'TYPE_UNKNOWN'))
  })
  socket.on('tasks.since', (request, ack) => {
    // Whatever the types promise: the other end decides what arrives here.
    if (!isAck(ack)) return
    if (pending >= MAX_PENDING) {
      if (line.isFull) line.closeTooSlow()
      else ack(refuse('RATE_LIMITED'))
      return
    }
    pending += 1
    last = last.then(async () => {
      await line.room()
      if (line.isOpen) ack(await answer(parts, socket.data, request))
      pending -= 1
    })
  })
}

async function answer(parts: GatewayParts, client: EventClient, request: unknown): Promise<SinceAnswer | Failure> {
  try {
    return await tasksSince(parts, client.tenant, client.language, request)
  } catch (thrown) {
    const error = AppError.from(thrown)
    parts.metrics.refused('events', isErrorCode(error.code) ? error.code : 'INTERNAL')
    if (error.code === 'INTERNAL') parts.log.error('tasks.since failed', { error: thrown })
    return { error: { code: error.code, message: describeError(error, client.language).message } }
  }
}

function failure(code: ErrorCode, language: Language): Failure {
  return { error: { code, message: describeError({ code }, language).message } }
}

function isAck(value: unknown): value is (answer: SinceAnswer | Failure) => void {
  return typeof value === 'function'
}
