/** Runs a utility entry in a plain Node child that has what Electron gives it: `process.parentPort`. */
import { EventEmitter } from 'node:events'
import { pathToFileURL } from 'node:url'
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { FakeMessagePortMain } from './ports.ts'
import type { FromUtility, ToUtility } from './utilityWire.ts'

/** Queues until somebody listens, as the real one does. */
class StandInParentPort extends EventEmitter {
  readonly #queue: unknown[] = []

  constructor() {
    super()
    this.on('newListener', (event) => {
      if (event === 'message') queueMicrotask(() => this.#flush())
    })
  }

  postMessage(data: unknown): void {
    send({ kind: 'message', data })
  }

  deliver(event: unknown): void {
    this.#queue.push(event)
    if (this.listenerCount('message') > 0) this.#flush()
  }

  #flush(): void {
    for (const event of this.#queue.splice(0)) this.emit('message', event)
  }
}

const ports = new Map<number, MessagePort>()
const parentPort = new StandInParentPort()
const sendToHost = process.send?.bind(process)

function send(message: FromUtility): void {
  if (process.connected) sendToHost?.(message, undefined, undefined, () => undefined)
}

function adopt(id: number): FakeMessagePortMain {
  const { port1, port2 } = new MessageChannel()
  ports.set(id, port1)
  port1.on('message', (data) => send({ kind: 'port', id, data }))
  port1.on('close', () => {
    ports.delete(id)
    send({ kind: 'portClosed', id })
  })
  return new FakeMessagePortMain(port2)
}

process.on('message', (message: ToUtility) => {
  if (message.kind === 'message') parentPort.deliver({ data: message.data, ports: message.ports.map(adopt) })
  else if (message.kind === 'port') ports.get(message.id)?.postMessage(message.data)
  else ports.get(message.id)?.close()
})
// Electron ends its utility processes when the app is gone.
process.on('disconnect', () => process.exit(0))

Object.assign(process, { parentPort })
await import(pathToFileURL(process.argv[2] ?? '').href)
