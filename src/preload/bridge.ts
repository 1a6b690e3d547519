import type { IpcRenderer, WebUtils } from 'electron'
import { IPC_CHANNELS } from '../protocol/platform/names.ts'
import type { IpcAnswer } from '../protocol/platform/names.ts'
import { PORT_MESSAGE } from '../protocol/studio/bridge.ts'
import type { StudioBridge } from '../protocol/studio/bridge.ts'

export interface BridgeDeps {
  readonly ipc: Pick<IpcRenderer, 'invoke' | 'on'>
  readonly files: Pick<WebUtils, 'getPathForFile'>
  /** Posts to the page's own window, ports and all. */
  readonly post: (message: unknown, ports: MessagePort[]) => void
}

/** All the page gets of the desktop: a port to the studio, and a handle for a file it was given. */
export function createBridge({ ipc, files, post }: BridgeDeps): StudioBridge<File> {
  ipc.on(IPC_CHANNELS.port, (event, { id }: { readonly id: string }) => {
    // A port cannot cross the context bridge as a value; through the window it can.
    post({ kind: PORT_MESSAGE, id }, event.ports)
  })
  return {
    door: 'electron',
    async connect(id) {
      const answer = (await ipc.invoke(IPC_CHANNELS.connect, id)) as IpcAnswer<void>
      if (!answer.ok) throw new Error(answer.error.code)
    },
    async registerFile(file) {
      return (await ipc.invoke(IPC_CHANNELS.registerFile, files.getPathForFile(file))) as IpcAnswer<string>
    },
  }
}
