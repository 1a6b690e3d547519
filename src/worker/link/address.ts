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

/** Takes the gateway's address in either form, with or without `/dsp`. Throws URL_NOT_ALLOWED. */
export function parseGatewayUrl(text: string): GatewayAddress {
  const url = URL.parse(text)
  const scheme = url === null ? undefined : HTTP_SCHEMES[url.protocol]
  if (url === null || scheme === undefined) {
    throw new AppError('URL_NOT_ALLOWED', { message: `${text} is not a gateway's address`, data: { url: text } })
  }
  const httpUrl = `${scheme}//${url.host}`
  const path = url.pathname === '/' ? DSP_PATH : url.pathname
  return { httpUrl, dspUrl: `${scheme === 'https:' ? 'wss:' : 'ws:'}//${url.host}${path}` }
}
