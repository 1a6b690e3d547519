import { EventEmitter } from 'node:events'
import { isAbsolute } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import type { BrowserWindowConstructorOptions, Rectangle, WindowOpenHandlerResponse, HandlerDetails } from 'electron'
import { lifecycle } from './lifecycle.ts'
import { takePort } from './ports.ts'
import { fakeApp } from './app.ts'

export interface PostedToFrame {
  readonly channel: string
  readonly message: unknown
  readonly ports: readonly MessagePort[]
}

/** The part of `WebFrameMain` a sender check looks at, and the road back to the page. */
export class FakeFrame {
  readonly origin: string
  readonly parent: FakeFrame | null
  readonly posted: PostedToFrame[] = []
  readonly #events = new EventEmitter()

  constructor(origin: string, parent: FakeFrame | null = null) {
    this.origin = origin
    this.parent = parent
  }

  isDestroyed(): boolean {
    return false
  }

  postMessage(channel: string, message: unknown, transfer: readonly unknown[] = []): void {
    const posted = { channel, message: structuredClone(message), ports: transfer.map(takePort) }
    this.posted.push(posted)
    this.#events.emit('posted', posted)
  }

  onPosted(listener: (posted: PostedToFrame) => void): void {
    this.#events.on('posted', listener)
  }
}

class FakeWebContents extends EventEmitter {
  mainFrame = new FakeFrame('app://studio')
  #url = ''
  windowOpenHandler: ((details: HandlerDetails) => WindowOpenHandlerResponse) | undefined
  reloads = 0

  setWindowOpenHandler(handler: (details: HandlerDetails) => WindowOpenHandlerResponse): void {
    this.windowOpenHandler = handler
  }

  async loadURL(url: string): Promise<void> {
    this.#url = url
    this.emit('did-finish-load')
  }

  getURL(): string {
    return this.#url
  }

  reload(): void {
    this.reloads += 1
  }

  isDestroyed(): boolean {
    return false
  }
}

const open: FakeBrowserWindow[] = []

export class FakeBrowserWindow extends EventEmitter {
  readonly options: BrowserWindowConstructorOptions
  readonly webContents = new FakeWebContents()
  readonly calls: string[] = []
  #bounds: Rectangle
  #isDestroyed = false
  isFocusedNow = false
  isMinimizedNow = false

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super()
    lifecycle.assertReady('BrowserWindow')
    assertPreload(options)
    this.options = options
    this.#bounds = { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 800, height: options.height ?? 600 }
    open.push(this)
    fakeApp.emit('web-contents-created', {}, this.webContents)
  }

  static getAllWindows(): FakeBrowserWindow[] {
    return [...open]
  }

  static getFocusedWindow(): FakeBrowserWindow | null {
    return open.find((window) => window.isFocusedNow) ?? null
  }

  async loadURL(url: string): Promise<void> {
    await this.webContents.loadURL(url)
    this.emit('ready-to-show')
  }

  getNormalBounds(): Rectangle {
    return this.#bounds
  }

  setBounds(bounds: Rectangle): void {
    this.#bounds = bounds
    this.emit('resize')
  }

  isMaximized(): boolean {
    return this.calls.includes('maximize')
  }

  isMinimized(): boolean {
    return this.isMinimizedNow
  }

  isFocused(): boolean {
    return this.isFocusedNow
  }

  isDestroyed(): boolean {
    return this.#isDestroyed
  }

  show(): void {
    this.calls.push('show')
  }

  hide(): void {
    this.calls.push('hide')
  }

  focus(): void {
    this.calls.push('focus')
    this.isFocusedNow = true
  }

  restore(): void {
    this.isMinimizedNow = false
  }

  maximize(): void {
    this.calls.push('maximize')
  }

  /** As a person does it: may be refused by a `close` listener, then the window is gone. */
  close(): void {
    this.emit('close', { preventDefault: () => undefined })
    this.destroy()
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    open.splice(open.indexOf(this), 1)
    this.emit('closed')
    if (open.length === 0) fakeApp.emit('window-all-closed')
  }
}

export function destroyAllWindows(): void {
  open.splice(0)
}

function assertPreload({ webPreferences = {} }: BrowserWindowConstructorOptions): void {
  const { preload, sandbox } = webPreferences
  if (preload === undefined) return
  if (!isAbsolute(preload)) throw new Error('a preload path is absolute')
  if (sandbox !== false && !preload.endsWith('.cjs')) throw new Error('a sandboxed preload is CommonJS')
}
