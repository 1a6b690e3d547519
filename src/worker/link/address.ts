import { withoutCredentials } from '../../client/index.ts'
import { DSP_PATH } from '../../protocol/http/index.ts'
import { AppError } from '../../shared/index.ts'

export interface GatewayAddress {
  /** `ws://host:port/dsp` */
  readonly dspUrl: string
  /** `http://host:port`: where job frames' paths lead. */
  readonly httpUrl: string
}

const HTTP_SCHEMES: Readonly<Record<string, 'http:' | 'https:'>> = {
  'http:': 'http:',
  'ws:': 'http:',
  'https:': 'https:',
  'wss:': 'https:',
}

/** Takes the gateway's address in either form, with or without `/dsp`. Throws GATEWAY_ADDRESS_INVALID. */
export function parseGatewayUrl(text: string): GatewayAddress {
  const url = URL.parse(text)
  const scheme = url === null ? undefined : HTTP_SCHEMES[url.protocol]
  if (url === null || scheme === undefined) {
    const shown = withoutCredentials(text)
    const message = `${shown} is not a gateway's address`
    throw new AppError('GATEWAY_ADDRESS_INVALID', { message, data: { url: shown } })
  }
  const httpUrl = `${scheme}//${url.host}`
  const path = url.pathname === '/' ? DSP_PATH : url.pathname
  return { httpUrl, dspUrl: `${scheme === 'https:' ? 'wss:' : 'ws:'}//${url.host}${path}` }
}
