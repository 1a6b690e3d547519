/** The nonce the door put into the page for styles made at run time; empty where it allows them otherwise. */
export function cspNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
}
