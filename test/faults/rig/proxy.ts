import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** `up`: from the client to the gateway. */
export type Direction = 'up' | 'down'
export type Ending = 'reset' | 'fin'

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Of this connection alone; goes before that of the whole line. */
  cut: Cut | undefined
}

interface Cut {
  left: number
  readonly direction: Direction
  /** `freeze`: nothing more gets through that way, and nobody is told. */
  readonly how: Ending | 'freeze'
}

/** A TCP connection's bad luck, on demand: stands between a client or worker and the gateway. */
export class Proxy {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  readonly #waiting = new Set<() => void>()
  #targetPort = 0
  #frozen: ReadonlySet<Direction> = new Set()
  #cut: Cut | undefined
  #delayMs = 0
  #bytesPerSecond = 0
  #accepted = 0
  #closedByTarget = 0

  private constructor() {
    this.#server = createServer((client) => {
      this.#accept(client)
    })
  }

  static async open(): Promise<Proxy> {
    const proxy = new Proxy()
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#pairs.size
  }

  /** Connections made since it was opened. */
  get accepted(): number {
    return this.#accepted
  }

  /** Where connections made from now on lead. */
  target(port: number): void {
    this.#targetPort = port
  }

  /** Stops forwarding, both ways when no direction is given, and keeps every connection open: nobody is told. */
  freeze(...directions: Direction[]): void {
    this.#frozen = new Set(directions.length === 0 ? ['up', 'down'] : directions)
  }

  thaw(): void {
    this.#frozen = new Set()
    for (const go of this.#waiting) go()
    this.#waiting.clear()
  }

  /** Ends every connection with a reset, or with a FIN. */
  cut(how: Ending = 'reset'): void {
    for (const pair of this.#pairs) end(pair, how)
  }

  /** Once: the connection that brings the total of that direction to so many bytes ends there. */
  cutAfter(bytes: number, direction: Direction, how: Ending = 'reset'): void {
    this.#cut = { left: bytes, direction, how }
  }

  /** As `cutAfter`, of each connection that is open now, after so many bytes of its own. */
  cutEachAfter(bytes: () => number, direction: Direction, how: Ending = 'reset'): void {
    for (const pair of this.#pairs) pair.cut = { left: bytes(), direction, how }
  }

  /** Once: after so many bytes that direction is frozen, until `thaw`. */
  freezeAfter(bytes: number, direction: Direction): void {
    this.#cut = { left: bytes, direction, how: 'freeze' }
  }

  /** True until the cut or freeze that was asked for has happened. */
  get isCutPending(): boolean {
    return this.#cut !== undefined || [...this.#pairs].some((pair) => pair.cut !== undefined)
  }

  /** Connections that the gateway ended, or was cut off from. */
  get closedByTarget(): number {
    return this.#closedByTarget
  }

  /** Every chunk is so much later; 0 ends it. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs
  }

  /** At most so many bytes a second per connection and direction; 0 ends it. */
  throttle(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond
  }

  async close(): Promise<void> {
    this.thaw()
    for (const pair of this.#pairs) end(pair, 'reset')
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    this.#accepted += 1
    const server = connect({ port: this.#targetPort, host: '127.0.0.1' })
    const pair: Pair = { client, server, cut: undefined }
    server.once('close', () => {
      this.#closedByTarget += 1
    })
    this.#pairs.add(pair)
    const drop = (): void => {
      this.#pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', drop)
      socket.on('close', () => {
        // A frozen line tells nobody that the other end has gone.
        if (this.#frozen.size === 0) drop()
      })
    }
    void this.#forward(client, server, 'up', pair)
    void this.#forward(server, client, 'down', pair)
  }

  async #forward(from: Socket, to: Socket, direction: Direction, pair: Pair): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        await this.#thawed(direction)
        await this.#pace(chunk.length)
        const cut = pair.cut ?? this.#cut
        const passed = upTo(cut, chunk, direction)
        await write(to, passed)
        if (cut?.direction !== direction || cut.left > 0) continue
        if (pair.cut === cut) pair.cut = undefined
        else this.#cut = undefined
        if (cut.how !== 'freeze') {
          end(pair, cut.how)
          return
        }
        this.freeze(direction)
        await this.#thawed(direction)
        await write(to, chunk.subarray(passed.length))
      }
      await this.#thawed(direction)
      to.end()
    } catch {
      // Either end is gone; `close` clears up.
    }
  }

  async #thawed(direction: Direction): Promise<void> {
    while (this.#frozen.has(direction)) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  async #pace(bytes: number): Promise<void> {
    const throttleMs = this.#bytesPerSecond === 0 ? 0 : (1000 * bytes) / this.#bytesPerSecond
    const waitMs = this.#delayMs + throttleMs
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

function upTo(cut: Cut | undefined, chunk: Buffer, direction: Direction): Buffer {
  if (cut?.direction !== direction) return chunk
  const passed = chunk.subarray(0, cut.left)
  cut.left -= passed.length
  return passed
}

async function write(to: Socket, bytes: Buffer): Promise<void> {
  if (bytes.length > 0 && !to.write(bytes)) await Promise.race([once(to, 'drain'), once(to, 'close')])
}

function end({ client, server }: Pair, how: Ending): void {
  for (const socket of [client, server]) {
    if (how === 'reset') socket.resetAndDestroy()
    else socket.end()
  }
}
