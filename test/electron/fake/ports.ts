import { EventEmitter } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

/** `MessagePortMain` over a real port: queues until `start`, tells when the other end is closed. */
export class FakeMessagePortMain extends EventEmitter {
  #port: MessagePort | undefined

  constructor(port: MessagePort) {
    super()
    this.#port = port
    port.on('close', () => this.emit('close'))
  }

  start(): void {
    this.#native().on('message', (data: unknown) => this.emit('message', { data, ports: [] }))
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (transfer.length > 0) throw new Error('the fake moves ports by windows and utility processes only')
    this.#native().postMessage(message)
  }

  close(): void {
    this.#port?.close()
  }

  /** Takes the real port out, as a transfer does; this object is of no use afterwards. */
  neuter(): MessagePort {
    const port = this.#native()
    port.removeAllListeners()
    this.#port = undefined
    return port
  }

  #native(): MessagePort {
    if (this.#port === undefined) throw new Error('the port was transferred')
    return this.#port
  }
}

export class FakeMessageChannelMain {
  readonly port1: FakeMessagePortMain
  readonly port2: FakeMessagePortMain

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.port1 = new FakeMessagePortMain(port1)
    this.port2 = new FakeMessagePortMain(port2)
  }
}

export function takePort(transferred: unknown): MessagePort {
  if (!(transferred instanceof FakeMessagePortMain)) throw new TypeError('only ports can be transferred')
  return transferred.neuter()
}
