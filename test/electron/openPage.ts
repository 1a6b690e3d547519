import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { randomUUID } from 'node:crypto'
import { IPC_CHANNELS } from '../../src/protocol/platform/names.ts'
import type { StudioContract } from '../../src/protocol/studio/index.ts'
import { fake } from './fakeElectron.ts'

export interface OpenPage {
  readonly client: ContractRouterClient<StudioContract>
  /** Settles when the studio's end of the port is gone. */
  readonly closed: Promise<void>
  /** What happens to the ports of a document that is reloaded. */
  leave(): void
}

/** What preload and page do together at every load: ask main for a port, speak the studio contract over it. */
export async function openPage(): Promise<OpenPage> {
  const [window] = fake.windows()
  if (window === undefined) throw new Error('no window is open')
  const { mainFrame } = window.webContents
  const id = randomUUID()
  const answer = (await fake.invoke(mainFrame, IPC_CHANNELS.connect, id)) as { readonly ok: boolean }
  if (!answer.ok) throw new Error(JSON.stringify(answer))
  const sent = mainFrame.posted.find(({ message }) => (message as { readonly id?: string }).id === id)
  const port = sent?.ports[0]
  if (sent?.channel !== IPC_CHANNELS.port || port === undefined) throw new Error('no port came')
  const client: OpenPage['client'] = createORPCClient(new RPCLink({ port }))
  const closed = new Promise<void>((resolve) => port.once('close', resolve))
  port.start()
  return {
    client,
    closed,
    leave: () => {
      port.close()
    },
  }
}
