import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { DSP_CLOSE } from '../../protocol/dsp/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import type { ServerEvents } from '../../protocol/events/index.ts'
import type { EventClient } from './eventAuth.ts'
import { textFrame } from './textFrame.ts'

/** More than this waiting means that a client reads slower than progress comes: it gets the next step instead. */
const BEHIND_BYTES = 64 * 1024

/** One client's connection: its WebSocket, and the stream under it that takes ready-made frames. */
export interface ClientLine {
  readonly webSocket: WebSocket
  readonly stream: Duplex
}

/** Whose connections they are; nobody else reads this. */
type Room = Set<ClientLine>

export interface EventRoomsDeps {
  /** Above this much unread a client is cut off with 4408; it comes back and asks for what it missed. */
  readonly maxUnreadBytes: number
  readonly onTooSlow: () => void
}

/**
 * Who hears what, by tenant and language. Each event is encoded once into one frame, which goes straight onto every
 * connection: Socket.IO's own way makes a packet, a callback and two buffers for each client, which is most of the
 * time of a broadcast. Engine.IO never fragments a message, so a whole frame fits between any two of its own.
 */
export class EventRooms {
  readonly #deps: EventRoomsDeps
  readonly #rooms = new Map<string, Room>()

  constructor(deps: EventRoomsDeps) {
    this.#deps = deps
  }

  /** Until the WebSocket closes. */
  join(client: EventClient, line: ClientLine): void {
    const key = roomOf(client.tenant, client.language)
    const room = this.#rooms.get(key) ?? new Set()
    this.#rooms.set(key, room.add(line))
    line.webSocket.once('close', () => {
      room.delete(line)
      if (room.size === 0 && this.#rooms.get(key) === room) this.#rooms.delete(key)
    })
  }

  has(tenant: string, language: Language): boolean {
    return this.#rooms.has(roomOf(tenant, language))
  }

  /** To every client of a tenant that speaks the language; nobody who reads misses it. */
  tell<E extends keyof ServerEvents>(tenant: string, language: Language, event: E, body: ServerEvents[E]): void {
    this.#write(this.#rooms.get(roomOf(tenant, language)), packet(event, body))
  }

  /** To the tenant's clients of these languages; whoever is behind with reading is left out. */
  tellVolatile<E extends keyof ServerEvents>(
    tenant: string,
    languages: readonly Language[],
    event: E,
    body: ServerEvents[E],
  ): void {
    const frame = packet(event, body)
    for (const language of languages) {
      for (const line of this.#rooms.get(roomOf(tenant, language)) ?? []) {
        if (isOpen(line) && line.stream.writableLength <= BEHIND_BYTES) line.stream.write(frame)
      }
    }
  }

  tellAll<E extends keyof ServerEvents>(event: E, body: ServerEvents[E]): void {
    if (this.#rooms.size === 0) return
    const frame = packet(event, body)
    for (const room of this.#rooms.values()) this.#write(room, frame)
  }

  #write(room: Room | undefined, frame: Buffer): void {
    for (const line of room ?? []) {
      if (!isOpen(line)) continue
      if (line.stream.writableLength + frame.length <= this.#deps.maxUnreadBytes) line.stream.write(frame)
      else {
        this.#deps.onTooSlow()
        line.webSocket.close(DSP_CLOSE.tooSlow, 'events are not being read')
      }
    }
  }
}

function isOpen({ webSocket }: ClientLine): boolean {
  return webSocket.readyState === webSocket.OPEN
}

function roomOf(tenant: string, language: Language): string {
  return `${language}:${tenant}`
}

/** Engine.IO "message" (4), Socket.IO "event" (2), default namespace. */
function packet<E extends keyof ServerEvents>(event: E, body: ServerEvents[E]): Buffer {
  return textFrame(`42${JSON.stringify([event, body])}`)
}
