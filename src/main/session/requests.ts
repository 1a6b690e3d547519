import { APP_ORIGIN } from '../protocol/index.ts'

/** What the page may do beyond plain web content; everything else a site can ask for is denied. */
const ALLOWED_PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-sanitized-write', 'fullscreen'])

/** A permission for a frame of `origin`; sub-frames have none of their own. */
export function isPermitted(permission: string, origin: string, isTopFrame: boolean): boolean {
  return ALLOWED_PERMISSIONS.has(permission) && isTopFrame && isAppOrigin(origin)
}

/** Origins come with or without a closing slash, depending on the event. */
export function isAppOrigin(origin: string): boolean {
  return origin === APP_ORIGIN || origin === `${APP_ORIGIN}/`
}

/** Whether a request may leave the page: its own scheme, and blobs it made itself. The gateway is the studio's. */
export function isRequestAllowed(address: string, options: { readonly hasDevTools: boolean }): boolean {
  if (address.startsWith(`${APP_ORIGIN}/`) || address.startsWith(`blob:${APP_ORIGIN}/`)) return true
  return options.hasDevTools && address.startsWith('devtools://devtools/')
}

export function isDownloadAllowed(address: string): boolean {
  return address.startsWith(`${APP_ORIGIN}/media/`)
}
