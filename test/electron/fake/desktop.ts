import { EventEmitter } from 'node:events'
import type {
  Dialog,
  MenuItemConstructorOptions,
  NotificationConstructorOptions,
  OpenDialogReturnValue,
  PowerSaveBlocker,
  SafeStorage,
  SaveDialogReturnValue,
  Screen,
  Shell,
} from 'electron'
import { lifecycle } from './lifecycle.ts'

/** What the person at the fake desktop answers, and what the app asked them. */
export const desktop = {
  openAnswer: { canceled: true, filePaths: [] } as OpenDialogReturnValue,
  saveAnswer: { canceled: true, filePath: '' } as SaveDialogReturnValue,
  /** Index of the button pressed in message boxes: by default the second, which goes no further. */
  pressed: 1,
  asked: [] as unknown[],
  revealed: [] as string[],
  notifications: [] as FakeNotification[],
  menu: undefined as readonly MenuItemConstructorOptions[] | undefined,
  storageBackend: 'gnome_libsecret' as ReturnType<SafeStorage['getSelectedStorageBackend']>,
  hasEncryption: true,
  /** Changing it makes what was encrypted before unreadable. */
  storageKey: 'a',
  shouldReEncrypt: false,
  blockers: new Set<number>(),
}

export const fakeDialog = {
  async showOpenDialog(...args: readonly unknown[]) {
    lifecycle.assertReady('dialog')
    desktop.asked.push(args.at(-1))
    return desktop.openAnswer
  },
  async showSaveDialog(...args: readonly unknown[]) {
    lifecycle.assertReady('dialog')
    desktop.asked.push(args.at(-1))
    return desktop.saveAnswer
  },
  async showMessageBox(...args: readonly unknown[]) {
    lifecycle.assertReady('dialog')
    desktop.asked.push(args.at(-1))
    return { response: desktop.pressed, checkboxChecked: false }
  },
} satisfies Pick<Dialog, 'showOpenDialog' | 'showSaveDialog' | 'showMessageBox'>

export const fakeShell = {
  showItemInFolder: (path: string) => void desktop.revealed.push(path),
} satisfies Pick<Shell, 'showItemInFolder'>

export class FakeNotification extends EventEmitter {
  readonly options: NotificationConstructorOptions
  isShown = false

  constructor(options: NotificationConstructorOptions = {}) {
    super()
    lifecycle.assertReady('Notification')
    this.options = options
    desktop.notifications.push(this)
  }

  static isSupported(): boolean {
    return true
  }

  show(): void {
    this.isShown = true
  }
}

const SEPARATOR = '\0'

export const fakeSafeStorage = {
  async isAsyncEncryptionAvailable() {
    return lifecycle.isReady && desktop.hasEncryption
  },
  async encryptStringAsync(plainText: string) {
    lifecycle.assertReady('safeStorage')
    if (!desktop.hasEncryption) throw new Error('Encryption is not available')
    return Buffer.from(`${desktop.storageKey}${SEPARATOR}${plainText}`).reverse()
  },
  async decryptStringAsync(encrypted: Buffer) {
    lifecycle.assertReady('safeStorage')
    const [key, result] = Buffer.from(encrypted).reverse().toString().split(SEPARATOR)
    if (key !== desktop.storageKey || result === undefined) throw new Error('Error while decrypting the ciphertext')
    return { result, shouldReEncrypt: desktop.shouldReEncrypt }
  },
  getSelectedStorageBackend: () => desktop.storageBackend,
} satisfies Pick<
  SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'
>

let lastBlocker = 0

export const fakePowerSaveBlocker = {
  start() {
    lifecycle.assertReady('powerSaveBlocker')
    lastBlocker += 1
    desktop.blockers.add(lastBlocker)
    return lastBlocker
  },
  stop: (id: number) => desktop.blockers.delete(id),
} satisfies Pick<PowerSaveBlocker, 'start' | 'stop'>

export const fakeMenu = {
  buildFromTemplate: (template: readonly MenuItemConstructorOptions[]) => template,
  setApplicationMenu(menu: readonly MenuItemConstructorOptions[] | null) {
    desktop.menu = menu ?? undefined
  },
}

export const fakeScreen = {
  getAllDisplays() {
    lifecycle.assertReady('screen')
    return [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }]
  },
} satisfies { getAllDisplays: () => Pick<ReturnType<Screen['getAllDisplays']>[number], 'workArea'>[] }

export function resetDesktop(): void {
  desktop.openAnswer = { canceled: true, filePaths: [] }
  desktop.saveAnswer = { canceled: true, filePath: '' }
  desktop.pressed = 1
  desktop.asked = []
  desktop.revealed = []
  desktop.notifications = []
  desktop.menu = undefined
  desktop.storageBackend = 'gnome_libsecret'
  desktop.hasEncryption = true
  desktop.storageKey = 'a'
  desktop.shouldReEncrypt = false
  desktop.blockers.clear()
}
