import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { MessageChannelMain } from 'electron'
import type { MessagePortMain } from 'electron'
import { AppError } from '../../shared/index.ts'
import type { DoorContract } from '../../protocol/platform/index.ts'
import { toAppError } from './callErrors.ts'

type DoorClient = ContractRouterClient<DoorContract>

export interface DoorLink {
  /** The studio as its door calls it; PROCESS_CRASHED while no life of it is there. */
  client(): DoorClient
  /** Makes the port of the next life; the earlier one is closed, which fails what still waits on it. */
  renew(): MessagePortMain
  close(): void
}

async function asAppErrors({ next }: { readonly next: () => Promise<unknown> }): Promise<unknown> {
  try {
    return await next()
  } catch (error) {
    throw toAppError(error)
  }
}

/** Keeps one client of the door contract across the lives of the studio process. */
export function createDoorLink(): DoorLink {
  let live: { readonly port: MessagePortMain; readonly client: DoorClient } | undefined
  const close = (): void => {
    live?.port.close()
    live = undefined
  }
  return {
    client() {
      if (live === undefined) throw new AppError('PROCESS_CRASHED', { retryable: true, data: { process: 'studio' } })
      return live.client
    },
    renew() {
      close()
      const { port1, port2 } = new MessageChannelMain()
      const client: DoorClient = createORPCClient(new RPCLink({ port: port1, interceptors: [asAppErrors] }))
      port1.start()
      live = { port: port1, client }
      return port2
    },
    close,
  }
}
