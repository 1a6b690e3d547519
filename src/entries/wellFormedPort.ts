import type { MessagePortMainLike } from '@orpc/client/message-port'
import { readPageFrame } from '../protocol/studio/index.ts'

/** A message port inside a utility process; typed by hand, because this code also runs without Electron. */
export interface UtilityPort extends MessagePortMainLike {
  start(): void
  close(): void
}

/**
 * The port of a page, with every frame checked before the RPC library sees it: there a malformed one would end as an
 * unhandled rejection, and this process with it.
 */
export function wellFormedPort(port: UtilityPort, onRefused: () => void): MessagePortMainLike {
  return {
    on(event, callback) {
      if (event !== 'message') {
        port.on(event, callback)
        return
      }
      port.on('message', (message) => {
        const frame = readPageFrame(message?.data)
        if (frame === undefined) onRefused()
        else callback({ data: frame })
      })
    },
    postMessage: (data, transfer) => {
      port.postMessage(data, transfer)
    },
  }
}

export function isUtilityPort(value: unknown): value is UtilityPort {
  return typeof value === 'object' && value !== null && 'postMessage' in value && 'on' in value && 'start' in value
}
