import type { IpcMainInvokeEvent } from 'electron'
import type { FakeFrame } from './windows.ts'

type Listener = (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown
/** What a handler may look at of the sender: a frame that is gone reads as null. */
type SenderPart = Pick<IpcMainInvokeEvent, never> & { readonly senderFrame: FakeFrame | null }

const handlers = new Map<string, (event: SenderPart, ...args: unknown[]) => unknown>()

export const fakeIpcMain = {
  handle(channel: string, listener: (event: never, ...args: never[]) => unknown): void {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    handlers.set(channel, listener as (event: SenderPart, ...args: unknown[]) => unknown)
  },
  removeHandler(channel: string): void {
    handlers.delete(channel)
  },
} satisfies { handle: (channel: string, listener: Listener) => void; removeHandler: (channel: string) => void }

/** `ipcRenderer.invoke` as the main process sees it: arguments cross by structured clone. */
export async function invokeFrom(frame: FakeFrame | null, channel: string, ...args: unknown[]): Promise<unknown> {
  const handler = handlers.get(channel)
  if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
  return structuredClone(await handler({ senderFrame: frame }, ...structuredClone(args)))
}

export const ipcChannels = (): string[] => [...handlers.keys()].sort()

export function resetIpc(): void {
  handlers.clear()
}
