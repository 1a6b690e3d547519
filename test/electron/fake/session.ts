import { EventEmitter } from 'node:events'
import type { CustomScheme, Protocol, Session, WebRequest } from 'electron'
import { lifecycle } from './lifecycle.ts'

/** Handlers as the tests drive them: `never` admits what only the real Electron could hand over. */
type PermissionRequestHandler =
  ((contents: never, permission: never, decide: (isGranted: boolean) => void, details: never) => void) | null
type PermissionCheckHandler = ((contents: null, permission: never, origin: string, details: never) => boolean) | null
type DevicePermissionHandler = ((details: never) => boolean) | null
type BeforeRequestListener = (details: never, decide: (answer: { readonly cancel?: boolean }) => void) => void

export interface PermissionDetails {
  readonly requestingUrl: string
  readonly isMainFrame: boolean
}

type SessionPart = Pick<
  Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'setCertificateVerifyProc'
  | 'setSpellCheckerEnabled'
>

class FakeSession extends EventEmitter {
  #onPermissionRequest: PermissionRequestHandler = null
  #onPermissionCheck: PermissionCheckHandler = null
  #onDevicePermission: DevicePermissionHandler = null
  #beforeRequest: BeforeRequestListener | undefined
  hasSpellChecker = true

  readonly webRequest = {
    onBeforeRequest: (listener: unknown) => {
      this.#beforeRequest = listener as BeforeRequestListener
    },
  } satisfies Pick<WebRequest, 'onBeforeRequest'>

  /** What a page is told when it asks for a permission; Electron grants where nobody decides. */
  isGrantedOnRequest(permission: string, details: PermissionDetails): boolean {
    let isGranted = this.#onPermissionRequest === null
    const decide = (answer: boolean): void => {
      isGranted = answer
    }
    this.#onPermissionRequest?.(null as never, permission as never, decide, details as never)
    return isGranted
  }

  isGrantedOnCheck(permission: string, origin: string, details: PermissionDetails): boolean {
    return this.#onPermissionCheck?.(null, permission as never, origin, details as never) ?? true
  }

  isDeviceGranted(): boolean {
    return this.#onDevicePermission?.({} as never) ?? true
  }

  isRequestCancelled(url: string): boolean | undefined {
    let isCancelled: boolean | undefined
    this.#beforeRequest?.({ url } as never, (answer) => {
      isCancelled = answer.cancel
    })
    return isCancelled
  }

  setPermissionRequestHandler(handler: PermissionRequestHandler): void {
    this.#onPermissionRequest = handler
  }

  setPermissionCheckHandler(handler: PermissionCheckHandler): void {
    this.#onPermissionCheck = handler
  }

  setDevicePermissionHandler(handler: DevicePermissionHandler): void {
    this.#onDevicePermission = handler
  }

  setCertificateVerifyProc(): never {
    throw new Error('certificate errors are never bypassed')
  }

  setSpellCheckerEnabled(isEnabled: boolean): void {
    this.hasSpellChecker = isEnabled
  }

  reset(): void {
    this.removeAllListeners()
    this.#onPermissionRequest = null
    this.#onPermissionCheck = null
    this.#onDevicePermission = null
    this.#beforeRequest = undefined
    this.hasSpellChecker = true
  }
}

export const fakeDefaultSession: FakeSession = new FakeSession() satisfies SessionPart

export const fakeSession = {
  get defaultSession(): FakeSession {
    lifecycle.assertReady('session.defaultSession')
    return fakeDefaultSession
  },
}

let schemes: readonly CustomScheme[] | undefined
const protocolHandlers = new Map<string, Parameters<Protocol['handle']>[1]>()

export const fakeProtocol = {
  registerSchemesAsPrivileged(custom: CustomScheme[]): void {
    lifecycle.assertBeforeReady('protocol.registerSchemesAsPrivileged')
    if (schemes !== undefined) throw new Error('privileged schemes are registered once')
    schemes = custom
  },
  handle(scheme: string, handler: Parameters<Protocol['handle']>[1]): void {
    lifecycle.assertReady('protocol.handle')
    if (protocolHandlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`)
    protocolHandlers.set(scheme, handler)
  },
} satisfies Pick<Protocol, 'registerSchemesAsPrivileged' | 'handle'>

/** A request of the page to a registered scheme. */
export async function fetchFromPage(url: string, init: RequestInit = {}): Promise<Response> {
  const handler = protocolHandlers.get(new URL(url).protocol.slice(0, -1))
  if (handler === undefined) throw new Error(`ERR_UNKNOWN_URL_SCHEME ${url}`)
  return handler(new Request(url, init))
}

export const registeredSchemes = (): readonly CustomScheme[] => schemes ?? []

export function resetSession(): void {
  schemes = undefined
  protocolHandlers.clear()
  fakeDefaultSession.reset()
}
