import { EventEmitter } from 'node:events'
import type { ContextBridge, IpcRenderer, WebUtils } from 'electron'

type Invoke = (channel: string, ...args: unknown[]) => Promise<unknown>

const noAnswer: Invoke = async () => undefined

/** The preload's side: what it exposed, what it invoked, and what main sends to it. */
export const page = {
  exposed: new Map<string, unknown>(),
  /** Answers `ipcRenderer.invoke`. */
  onInvoke: noAnswer,
  paths: new WeakMap<object, string>(),
  /** A message of main to the page. */
  deliver(channel: string, message: unknown, ports: readonly unknown[]): void {
    fakeIpcRenderer.emit(channel, { ports }, structuredClone(message))
  },
}

export const fakeContextBridge = {
  exposeInMainWorld(key: string, api: unknown): void {
    if (page.exposed.has(key)) throw new Error(`Cannot bind an API on top of an existing property: ${key}`)
    page.exposed.set(key, api)
  },
} satisfies Pick<ContextBridge, 'exposeInMainWorld'>

class FakeIpcRenderer extends EventEmitter {
  invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    return page.onInvoke(channel, ...structuredClone(args))
  }
}

export const fakeIpcRenderer: FakeIpcRenderer = new FakeIpcRenderer() satisfies Pick<IpcRenderer, 'invoke'>

export const fakeWebUtils = {
  getPathForFile: (file: object) => page.paths.get(file) ?? '',
} satisfies Pick<WebUtils, 'getPathForFile'>

export function resetPage(): void {
  page.exposed.clear()
  page.onInvoke = noAnswer
  fakeIpcRenderer.removeAllListeners()
}
