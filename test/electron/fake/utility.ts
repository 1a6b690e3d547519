import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { MessagePort } from 'node:worker_threads'
import type { ForkOptions } from 'electron'
import { lifecycle } from './lifecycle.ts'
import { takePort } from './ports.ts'
import type { ToUtility, FromUtility } from './utilityWire.ts'

const SHIM = fileURLToPath(new URL('./utilityShim.ts', import.meta.url))

export interface Forked {
  readonly modulePath: string
  readonly args: readonly string[]
  readonly options: ForkOptions
  readonly child: FakeUtilityProcess
}

export const forked: Forked[] = []

/** `utilityProcess` over a real Node child; ports given to it are relayed through the child's channel. */
export class FakeUtilityProcess extends EventEmitter {
  readonly #child: ChildProcess
  readonly #ports = new Map<number, MessagePort>()
  #lastPort = 0
  pid: number | undefined
  exitedWith: number | undefined

  constructor(modulePath: string, args: readonly string[], options: ForkOptions) {
    super()
    this.#child = fork(SHIM, [modulePath, ...args], {
      env: { ...(options.env as Record<string, string> | undefined) },
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', options.stdio === 'ignore' ? 'ignore' : 'inherit', 'ipc'],
    })
    this.#child.on('spawn', () => {
      this.pid = this.#child.pid
      this.emit('spawn')
    })
    this.#child.on('message', (message: FromUtility) => this.#receive(message))
    this.#child.on('exit', (code, signal) => {
      for (const port of this.#ports.values()) port.close()
      this.pid = undefined
      // As waitpid tells it: the number of the signal.
      this.exitedWith = code ?? (signal === null ? 1 : constants.signals[signal])
      this.emit('exit', this.exitedWith)
    })
  }

  static fork(modulePath: string, args: string[] = [], options: ForkOptions = {}): FakeUtilityProcess {
    lifecycle.assertReady('utilityProcess.fork')
    const child = new FakeUtilityProcess(modulePath, args, options)
    forked.push({ modulePath, args, options, child })
    return child
  }

  postMessage(data: unknown, transfer: readonly unknown[] = []): void {
    this.#send({ kind: 'message', data, ports: transfer.map((port) => this.#relay(takePort(port))) })
  }

  /** SIGTERM, as the real one. */
  kill(): boolean {
    return this.#child.kill('SIGTERM')
  }

  #relay(port: MessagePort): number {
    const id = (this.#lastPort += 1)
    this.#ports.set(id, port)
    port.on('message', (data) => this.#send({ kind: 'port', id, data }))
    port.on('close', () => {
      this.#ports.delete(id)
      this.#send({ kind: 'portClosed', id })
    })
    return id
  }

  #receive(message: FromUtility): void {
    if (message.kind === 'message') this.emit('message', message.data)
    else if (message.kind === 'port') this.#ports.get(message.id)?.postMessage(message.data)
    else this.#ports.get(message.id)?.close()
  }

  #send(message: ToUtility): void {
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }
}
