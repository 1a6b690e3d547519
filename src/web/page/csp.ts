import { randomBytes } from 'node:crypto'

/** A new one for each answer. */
export function createNonce(): string {
  return randomBytes(18).toString('base64')
}

/** What the page may load and do. Styles made by the UI library carry the nonce; scripts only come from files. */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ')
}

const NONCE_META = /<meta\s+name="csp-nonce"[^>]*>/i
const HEAD = /<head[^>]*>/i

/** Puts the nonce where the page's own code finds it: `<meta name="csp-nonce">`. */
export function withNonce(html: string, nonce: string): string {
  const meta = `<meta name="csp-nonce" content="${nonce}">`
  return NONCE_META.test(html) ? html.replace(NONCE_META, meta) : html.replace(HEAD, (head) => `${head}${meta}`)
}
