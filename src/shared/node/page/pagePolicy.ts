import { randomBytes } from 'node:crypto'

const NONCE_BYTES = 16
const NONCE_META = /<meta\s[^>]*name="csp-nonce"[^>]*>/gi
const HEAD = /<head(?:\s[^>]*)?>/i

export function createNonce(): string {
  return randomBytes(NONCE_BYTES).toString('base64url')
}

/** What our page may do, as the same headers in both doors. `connect` names what it may reach beside its own origin. */
export function pageHeaders(nonce: string, connect: readonly string[] = []): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(nonce, connect),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  }
}

function contentSecurityPolicy(nonce: string, connect: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    ["connect-src 'self'", ...connect].join(' '),
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ')
}

/** Tells the page this response's nonce, for the style elements its components add. */
export function withNonce(html: string, nonce: string): string {
  return html.replace(NONCE_META, '').replace(HEAD, (head) => `${head}<meta name="csp-nonce" content="${nonce}">`)
}
