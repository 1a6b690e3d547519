import type { Language } from '../../protocol/errors/index.ts'
import type { ServerEvents } from '../../protocol/events/index.ts'
import type { EventClient } from './eventAuth.ts'
import type { EventLine } from './eventLine.ts'
import { textFrame } from './textFrame.ts'

/** More than this waiting means that a client reads slower than progress comes: it gets the next step instead. */
const BEHIND_BYTES = 64 * 1024

/** Whose connections they are; nobody else reads this. */
type Room = Set<EventLine>

/**
 * Who hears what, by tenant and language. Each event is encoded once into one frame, which goes straight onto every
 * connection: Socket.IO's own way makes a packet, a callback and two buffers for each client, which is most of the
 * time of a broadcast. Engine.IO never fragments a message, so a whole frame fits between any two of its own.
 */
export class EventRooms {
  readonly #rooms = new Map<string, Room>()

  /** Until the WebSocket closes. */
  join(client: EventClient, line: EventLine): void {
    const key = roomOf(client.tenant, client.language)
    const room = this.#rooms.get(key) ?? new Set()
    if (room.has(line)) return
    this.#rooms.set(key, room.add(line))
    line.onceClosed(() => {
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
        if (line.unreadBytes <= BEHIND_BYTES) line.write(frame)
      }
    }
  }

  tellAll<E extends keyof ServerEvents>(event: E, body: ServerEvents[E]): void {
    if (this.#rooms.size === 0) return
    const frame = packet(event, body)
    for (const room of this.#rooms.values()) this.#write(room, frame)
  }

  #write(room: Room | undefined, frame: Buffer): void {
    for (const line of room ?? []) line.write(frame)
  }
}

function roomOf(tenant: string, language: Language): string {
  return `${language}:${tenant}`
}

/** Engine.IO "message" (4), Socket.IO "event" (2), default namespace. */
function packet<E extends keyof ServerEvents>(event: E, body: ServerEvents[E]): Buffer {
  return textFrame(`42${JSON.stringify([event, body])}`)
}
