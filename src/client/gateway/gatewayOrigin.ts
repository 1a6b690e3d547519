import { AppError } from '../../shared/index.ts'

/**
 * The address of a gateway as a person writes it, as `scheme://host:port`. Without a scheme, https is meant, on this
 * machine http. Throws GATEWAY_ADDRESS_INVALID, or TLS_REQUIRED for plain http to another machine.
 */
export function gatewayOrigin(address: string): string {
  const text = address.trim()
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const url = URL.parse(hasScheme ? text : `https://${text}`)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '') {
    throw new AppError('GATEWAY_ADDRESS_INVALID', {
      message: 'not a gateway address',
      field: 'url',
      data: { url: withoutCredentials(text) },
    })
  }
  if (!hasScheme && isLoopback(url.hostname)) return `http://${url.host}`
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new AppError('TLS_REQUIRED', { message: `${url.host} is another machine`, field: 'url' })
  }
  return url.origin
}

/** An address as it may be told: a name and password that somebody wrote into it are nobody's to read. */
export function withoutCredentials(address: string): string {
  return address.replace(/^.*@/s, '…@')
}

/** Whether an origin of `gatewayOrigin` is this machine, whoever answers for names elsewhere. */
export function isOnThisMachine(origin: string): boolean {
  return isLoopback(new URL(origin).hostname)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}
