import { session } from 'electron'
import { isDownloadAllowed, isPermitted, isRequestAllowed } from './requests.ts'

export interface LockSessionOptions {
  /** Developer tools load from a scheme of their own; never in a packaged app. */
  readonly hasDevTools: boolean
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
}

/**
 * Denies by default, for every page of the app, whatever one may have loaded: permissions, devices, requests to other
 * schemes, downloads. Certificate errors keep Chromium's answer: no verify proc and no handler is set anywhere.
 */
export function lockSession({ hasDevTools, log }: LockSessionOptions): void {
  const ours = session.defaultSession
  ours.setPermissionRequestHandler((_contents, permission, decide, details) => {
    const isGranted = isPermitted(permission, originOf(details.requestingUrl), details.isMainFrame)
    if (!isGranted) log('session.permission.denied', { permission })
    decide(isGranted)
  })
  ours.setPermissionCheckHandler((_contents, permission, origin, details) =>
    isPermitted(permission, origin, details.isMainFrame),
  )
  ours.setDevicePermissionHandler(() => false)
  ours.setSpellCheckerEnabled(false)
  ours.webRequest.onBeforeRequest((details, decide) => {
    const isAllowed = isRequestAllowed(details.url, { hasDevTools })
    if (!isAllowed) log('session.request.denied', { scheme: URL.parse(details.url)?.protocol ?? '' })
    decide({ cancel: !isAllowed })
  })
  ours.on('will-download', (event, item) => {
    if (!isDownloadAllowed(item.getURL())) event.preventDefault()
  })
}

/** `url.origin` is opaque for schemes Node does not know. */
function originOf(address: string): string {
  const url = URL.parse(address)
  return url === null ? '' : `${url.protocol}//${url.host}`
}
