import { MessageChannelMain } from 'electron'
import type { MessagePortMain, WebFrameMain } from 'electron'
import { AppError } from '../../shared/index.ts'
import { IPC_CHANNELS } from '../../protocol/platform/names.ts'

export interface PortBrokerDeps {
  /** Gives one end to the studio; false while it does not run. */
  readonly toStudio: (port: MessagePortMain) => boolean
}

/**
 * Joins a page and the studio by a channel of their own: from then on main sees nothing of what they say. Each load of
 * the page asks anew; the ports of an earlier load close with its document. Throws PROCESS_CRASHED without a studio.
 */
export function connectPage(frame: Pick<WebFrameMain, 'postMessage'>, id: string, deps: PortBrokerDeps): void {
  const { port1, port2 } = new MessageChannelMain()
  if (!deps.toStudio(port1)) {
    port1.close()
    throw new AppError('PROCESS_CRASHED', { retryable: true, data: { process: 'studio' } })
  }
  frame.postMessage(IPC_CHANNELS.port, { id }, [port2])
}
