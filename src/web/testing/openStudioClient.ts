import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import type { StudioContract } from '../../protocol/studio/index.ts'

export interface StudioClient {
  readonly studio: ContractRouterClient<StudioContract>
  readonly socket: WebSocket
}

/** The studio as a page has it: a socket that was let in by its first message. */
export async function openStudioClient(origin: string, token: string): Promise<StudioClient> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/studio`)
  const next = (name: 'open' | 'message'): Promise<Event> =>
    new Promise((resolve) => {
      socket.addEventListener(name, resolve, { once: true })
    })
  await next('open')
  const greeted = next('message')
  socket.send(JSON.stringify({ token }))
  await greeted
  return { studio: createORPCClient(new RPCLink({ websocket: socket })), socket }
}
