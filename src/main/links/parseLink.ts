export const LINK_SCHEME = 'dhstudio'

/** What a link can ask for. Nothing in it is done without the person, and nothing secret is ever in it. */
export type Link =
  | { readonly kind: 'open' }
  | { readonly kind: 'task'; readonly recordId: string }
  | { readonly kind: 'connect'; readonly gateway: string; readonly host: string }

const MAX_LENGTH = 2_048
const RECORD_ID = /^r_[0-9a-f]{32}$/
/** One rule for the whole text: no control character, no white space, no quote, no angle bracket. */
const PLAIN = /^[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x5f\x61-\x7e]+$/
const BROKEN_ESCAPE = /%(?![0-9a-f]{2})/i

/** Understands `dhstudio://…`, or answers null. Closed: an unknown route or parameter refuses the whole link. */
export function parseLink(text: string): Link | null {
  if (text.length > MAX_LENGTH || !PLAIN.test(text) || BROKEN_ESCAPE.test(text)) return null
  const url = URL.parse(text)
  if (url?.protocol !== `${LINK_SCHEME}:` || url.username !== '' || url.password !== '' || url.port !== '') return null
  if (url.hash !== '') return null
  const names = [...url.searchParams.keys()]
  const path = url.pathname.replace(/^\//, '')
  switch (url.hostname) {
    case '':
    case 'open':
      return path === '' && names.length === 0 ? { kind: 'open' } : null
    case 'task':
      return RECORD_ID.test(path) && names.length === 0 ? { kind: 'task', recordId: path } : null
    case 'connect':
      return path === '' && names.length === 1 ? connectLink(url.searchParams.get('gateway')) : null
    default:
      return null
  }
}

/** Only an https address of a host, shown to the person as its host; a key in a link is never taken. */
function connectLink(gateway: string | null): Link | null {
  const url = gateway === null ? null : URL.parse(gateway)
  if (url?.protocol !== 'https:' || url.hostname === '') return null
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  return isBare && url.pathname === '/' ? { kind: 'connect', gateway: url.origin, host: url.host } : null
}

/** The first link after `--`: what stands before it may have been put there by a crafted link's own quotes. */
export function linkOf(argv: readonly string[]): string | null {
  const separator = argv.indexOf('--')
  const candidates = separator === -1 ? [] : argv.slice(separator + 1)
  return candidates.find((argument) => argument.toLowerCase().startsWith(`${LINK_SCHEME}:`)) ?? null
}
