import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import type { App } from 'electron'
import { lifecycle } from './lifecycle.ts'

type AppPart = Pick<
  App,
  | 'enableSandbox'
  | 'exit'
  | 'focus'
  | 'getLocale'
  | 'getVersion'
  | 'isPackaged'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setAppUserModelId'
  | 'setAsDefaultProtocolClient'
  | 'setPath'
  | 'whenReady'
>

class Cancellable {
  isPrevented = false

  preventDefault(): void {
    this.isPrevented = true
  }
}

class FakeApp extends EventEmitter {
  isPackaged = false
  locale = 'en-US'
  /** False: another instance holds the lock. */
  getsLock = true
  isSandboxEnabled = false
  lockData: Record<string, unknown> | undefined
  protocolClient: { readonly scheme: string; readonly args: readonly string[] } | undefined
  readonly paths = new Map<string, string>()
  exitCode: number | undefined

  enableSandbox(): void {
    lifecycle.assertBeforeReady('app.enableSandbox')
    this.isSandboxEnabled = true
  }

  requestSingleInstanceLock(data?: Record<string, unknown>): boolean {
    this.lockData = data
    return this.getsLock
  }

  setPath(name: string, path: string): void {
    if (name === 'userData' && this.lockData !== undefined) throw new Error('the lock was taken in another folder')
    this.paths.set(name, path)
  }

  getPath(name: string): string {
    return this.paths.get(name) ?? tmpdir()
  }

  setAsDefaultProtocolClient(scheme: string, _path?: string, args: string[] = []): boolean {
    this.protocolClient = { scheme, args }
    return true
  }

  setAppUserModelId(): void {
    return
  }

  whenReady(): Promise<void> {
    return lifecycle.whenReady()
  }

  getLocale(): string {
    lifecycle.assertReady('app.getLocale')
    return this.locale
  }

  getVersion(): string {
    return '0.1.0'
  }

  focus(): void {
    return
  }

  /** Asks every `before-quit` listener; exits at once when none of them prevents it. */
  quit(): void {
    const event = new Cancellable()
    this.emit('before-quit', event)
    if (!event.isPrevented) this.exit(0)
  }

  exit(code = 0): void {
    if (this.exitCode !== undefined) return
    this.exitCode = code
    this.emit('exited', code)
  }

  async whenExited(): Promise<number> {
    return this.exitCode ?? new Promise((resolve) => this.once('exited', resolve))
  }

  reset(): void {
    this.removeAllListeners()
    this.paths.clear()
    this.isPackaged = false
    this.getsLock = true
    this.isSandboxEnabled = false
    this.lockData = undefined
    this.protocolClient = undefined
    this.exitCode = undefined
    this.locale = 'en-US'
  }
}

export const fakeApp: FakeApp = new FakeApp() satisfies AppPart
