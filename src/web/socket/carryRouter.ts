import type { AnyRouter } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import type { Carry } from './studioSocket.ts'

/** The WebSocket carrier of the studio contract. */
export function carryRouter(router: AnyRouter): Carry {
  const handler = new RPCHandler(router)
  return (socket) => {
    void handler.upgrade(socket)
  }
}
