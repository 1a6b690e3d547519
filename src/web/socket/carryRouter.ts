import type { MessagePortMainLike } from '@orpc/client/message-port'
import type { AnyRouter } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import type { WebSocket } from 'ws'
import { readPageFrame } from '../../protocol/studio/index.ts'
import type { Carry } from './studioSocket.ts'

const CLOSE_BAD_MESSAGE = 4400

/** The WebSocket carrier of a contract: frames are checked, then handled as those of a message port. */
export function carryRouter(router: AnyRouter): Carry {
  const handler = new RPCHandler(router)
  return (socket) => {
    handler.upgrade(portOf(socket))
  }
}

function portOf(socket: WebSocket): MessagePortMainLike {
  return {
    on(event, callback) {
      if (event === 'close') {
        socket.once('close', () => {
          callback()
        })
      }
      if (event !== 'message') return
      socket.on('message', (data, isBinary) => {
        const frame = isBinary || !Buffer.isBuffer(data) ? undefined : readPageFrame(data.toString())
        if (frame === undefined) socket.close(CLOSE_BAD_MESSAGE)
        else callback({ data: frame })
      })
    },
    postMessage(data: string | Uint8Array) {
      socket.send(data)
    },
  }
}
