import { toChildSchema } from '../protocol/process/index.ts'
import type { FromChild, ToChild } from '../protocol/process/index.ts'
import { AppError } from '../shared/index.ts'

/** The road to the program that started this one: Electron's parent port or Node's IPC channel. */
export interface ParentChannel {
  /** Resolves when the message has left this process. */
  send(message: FromChild): Promise<void>
  onMessage(listener: (message: ToChild, ports: readonly unknown[]) => void): void
  /** The parent is gone: nobody is left to work for. */
  onGone(listener: () => void): void
}

/** The part of Electron's `process.parentPort` used here; typed by hand, because this code also runs without Electron. */
interface UtilityParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { readonly data: unknown; readonly ports: readonly unknown[] }) => void): void
}

export function openParentChannel(): ParentChannel {
  const port = (process as { readonly parentPort?: UtilityParentPort }).parentPort
  return port === undefined ? overIpc() : overUtilityPort(port)
}

function overIpc(): ParentChannel {
  if (process.send === undefined)
    throw new AppError('INTERNAL', { message: 'this program is started by the app, not by hand' })
  return {
    send: (message) =>
      new Promise((resolve) => {
        process.send?.(message, undefined, undefined, () => {
          resolve()
        })
      }),
    onMessage: (listener) => {
      process.on('message', (message) => {
        listener(toChildSchema.parse(message), [])
      })
    },
    onGone: (listener) => {
      process.once('disconnect', listener)
    },
  }
}

function overUtilityPort(port: UtilityParentPort): ParentChannel {
  return {
    send: (message) => {
      port.postMessage(message)
      return Promise.resolve()
    },
    onMessage: (listener) => {
      port.on('message', (event) => {
        listener(toChildSchema.parse(event.data), event.ports)
      })
    },
    // Electron ends utility processes itself when the app is gone.
    onGone: () => undefined,
  }
}
