import { isIP } from 'node:net'
import { connect } from 'node:tls'

const LIMIT_MS = 5_000

/**
 * SHA-256 fingerprint of the certificate a server shows, so that a person can compare it; undefined when it shows
 * none. Nothing is sent on this connection, so nothing is lost by not trusting it.
 */
export function peerFingerprint(url: URL): Promise<string | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({
      ...{ host, port: Number(url.port === '' ? 443 : url.port), rejectUnauthorized: false },
      ...(isIP(host) === 0 ? { servername: host } : {}),
    })
    const end = (fingerprint: string | undefined): void => {
      socket.destroy()
      resolve(fingerprint)
    }
    socket.setTimeout(LIMIT_MS, () => {
      end(undefined)
    })
    socket.once('error', () => {
      end(undefined)
    })
    socket.once('secureConnect', () => {
      end(socket.getPeerX509Certificate()?.fingerprint256)
    })
  })
}
