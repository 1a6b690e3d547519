import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { DSP_CLOSE } from '../../protocol/dsp/index.ts'

/** More than this part of what may wait unread: no answer is added to it. */
const FULL_PART = 1 / 4

/** A client's WebSocket, and the stream under it that takes ready-made frames. */
export interface OpenedSocket {
  readonly webSocket: WebSocket
  readonly stream: Duplex
}

export interface EventLineDeps {
  /** Above this much unread a client is cut off with 4408; it comes back and asks for what it missed. */
  readonly maxUnreadBytes: number
  readonly onTooSlow: () => void
}

/**
 * One client's connection, and how much it has not read: Engine.IO keeps what is sent in a buffer of its own while the
 * write before it waits, so that neither the WebSocket nor the stream knows of most of it.
 */
export class EventLine {
  readonly #socket: OpenedSocket
  readonly #deps: EventLineDeps
  #bufferedBytes = 0

  /** `engine` is Engine.IO's connection on this socket. */
  constructor(socket: OpenedSocket, engine: EventEmitter, deps: EventLineDeps) {
    this.#socket = socket
    this.#deps = deps
    engine.on('packetCreate', ({ data }: { readonly data?: unknown }) => {
      if (typeof data === 'string') this.#bufferedBytes += Buffer.byteLength(data)
      this.#cutWhenTooSlow(0)
    })
    engine.on('flush', () => {
      // From here on the WebSocket counts it.
      this.#bufferedBytes = 0
    })
  }

  get isOpen(): boolean {
    const { webSocket } = this.#socket
    return webSocket.readyState === webSocket.OPEN
  }

  get unreadBytes(): number {
    return this.#bufferedBytes + this.#socket.webSocket.bufferedAmount
  }

  /** So much waits already that whoever asks for more does not read. */
  get isFull(): boolean {
    return this.unreadBytes > this.#deps.maxUnreadBytes * FULL_PART
  }

  /** A whole frame, between any two of Engine.IO's own. */
  write(frame: Buffer): void {
    if (this.isOpen && !this.#cutWhenTooSlow(frame.length)) this.#socket.stream.write(frame)
  }

  /** With 4408, behind what it has not read. */
  closeTooSlow(): void {
    if (!this.isOpen) return
    this.#deps.onTooSlow()
    this.#socket.webSocket.close(DSP_CLOSE.tooSlow, 'events are not being read')
  }

  onceClosed(listener: () => void): void {
    this.#socket.webSocket.once('close', listener)
  }

  /** Resolves when there is room for an answer, or nobody is there any more. */
  async room(): Promise<void> {
    while (this.isOpen && this.isFull) await this.#drained()
  }

  #cutWhenTooSlow(moreBytes: number): boolean {
    if (this.unreadBytes + moreBytes <= this.#deps.maxUnreadBytes) return false
    this.closeTooSlow()
    return true
  }

  /** What Engine.IO keeps goes onto the stream when that is empty, so the stream's own word covers both. */
  #drained(): Promise<void> {
    const { webSocket, stream } = this.#socket
    return new Promise((resolve) => {
      const done = (): void => {
        stream.off('drain', done)
        webSocket.off('close', done)
        resolve()
      }
      stream.on('drain', done)
      webSocket.on('close', done)
    })
  }
}
