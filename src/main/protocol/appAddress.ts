/** The one scheme of the app, and the one host in it. */
export const APP_SCHEME = 'app'
export const APP_ORIGIN = 'app://studio'

const MEDIA = /^\/media\/([\w-]{1,100})$/
/** Encoded separators, dots and NUL have no use in our own addresses. */
const ENCODED_TRICKS = /%(?:2f|5c|2e|00|25)/i

export type AppRoute =
  | { readonly kind: 'page' }
  | { readonly kind: 'media'; readonly handle: string; readonly isDownload: boolean }
  | { readonly kind: 'asset'; readonly path: string }
  | { readonly kind: 'refused'; readonly status: 400 | 404 }

/**
 * What an address of our scheme asks for; pure. `path` of an asset is relative to the page's folder, with no dot
 * segment (the URL parser resolved them) and nothing encoded left in it.
 */
export function routeOf(address: string): AppRoute {
  const url = URL.parse(address)
  // A standard scheme keeps its host; Node's parser knows no custom schemes, hence not `url.origin`.
  if (url?.protocol !== `${APP_SCHEME}:` || url.host !== 'studio') return { kind: 'refused', status: 400 }
  if (url.username !== '' || url.password !== '') return { kind: 'refused', status: 400 }
  if (ENCODED_TRICKS.test(url.pathname) || url.pathname.includes('\\')) return { kind: 'refused', status: 400 }
  const pathname = decode(url.pathname)
  if (pathname === undefined || pathname.includes('\\') || pathname.includes('\0')) {
    return { kind: 'refused', status: 400 }
  }
  if (pathname === '/' || pathname === '/index.html' || pathname === '') return { kind: 'page' }
  if (pathname.startsWith('/media/')) return mediaRoute(pathname, url.searchParams)
  return { kind: 'asset', path: pathname.slice(1) }
}

/** True for an address of the page itself, whatever its query and fragment. */
export function isPageAddress(address: string): boolean {
  return routeOf(address).kind === 'page'
}

function mediaRoute(pathname: string, query: URLSearchParams): AppRoute {
  const handle = MEDIA.exec(pathname)?.[1]
  return handle === undefined
    ? { kind: 'refused', status: 404 }
    : { kind: 'media', handle, isDownload: query.get('download') === '1' }
}

function decode(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return undefined
  }
}
