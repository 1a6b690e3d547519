import { resolve } from 'node:path'
import type { GatewayOptions } from '../../gateway/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import { AppError } from '../../shared/index.ts'
import { text, UsageError } from '../command.ts'
import type { Command, OptionValues } from '../command.ts'

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

interface Reach extends Pick<GatewayOptions, 'host' | 'tls' | 'trustsProxy' | 'allowedHosts' | 'allowedOrigins'> {
  readonly allowPlain: boolean
  readonly publicUrls: readonly URL[]
}

/** Options on how a gateway, or the app in a browser, is reached. */
export const REACH_OPTIONS: Command['options'] = {
  host: { type: 'string', value: 'ADDRESS', help: 'address to listen on (127.0.0.1)' },
  'tls-cert': { type: 'string', value: 'FILE', help: 'serve https and wss with this certificate chain (PEM)' },
  'tls-key': { type: 'string', value: 'FILE', help: 'its private key (PEM, without a password)' },
  'trust-proxy': { type: 'boolean', help: 'a TLS proxy stands in front: believe its X-Forwarded-For and -Proto' },
  'public-url': { type: 'string', value: 'URL[,URL]', help: 'the address people use, such as https://gpu.example' },
  'allow-plain': { type: 'boolean', help: 'listen beyond this machine without TLS' },
}

/** Throws PLAIN_BIND_REFUSED where keys would travel unencrypted and nobody said that they may. */
export function readReach(options: OptionValues): Reach {
  const host = text(options, 'host') ?? '127.0.0.1'
  const tls = readTls(options)
  const trustsProxy = options['trust-proxy'] === true
  const allowPlain = options['allow-plain'] === true
  if (!LOOPBACK.has(host) && tls === undefined && !trustsProxy && !allowPlain) {
    throw new AppError('PLAIN_BIND_REFUSED', { data: { host } })
  }
  const publicUrls = readPublicUrls(text(options, 'public-url') ?? '')
  return {
    ...{ host, trustsProxy, allowPlain, publicUrls },
    ...(tls === undefined ? {} : { tls }),
    allowedHosts: publicUrls.map((url) => url.host),
    allowedOrigins: publicUrls.map((url) => url.origin),
  }
}

/** What to warn of at every start, or undefined: whoever listens on the way reads keys and files. */
export function plainWarning(
  { host, tls, trustsProxy }: Pick<Reach, 'host' | 'tls' | 'trustsProxy'>,
  language: Language,
): string | undefined {
  if (LOOPBACK.has(host) || tls !== undefined || trustsProxy === true) return undefined
  return language === 'zh-CN'
    ? '进出本机的密钥和文件未加密传输（--allow-plain）'
    : 'keys and files travel unencrypted to and from this machine (--allow-plain)'
}

function readTls(options: OptionValues): Reach['tls'] {
  const certFile = text(options, 'tls-cert')
  const keyFile = text(options, 'tls-key')
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile === undefined) throw new UsageError('--tls-key needs --tls-cert beside it')
  if (keyFile === undefined) throw new UsageError('--tls-cert needs --tls-key beside it')
  return { certFile: resolve(certFile), keyFile: resolve(keyFile) }
}

function readPublicUrls(list: string): readonly URL[] {
  return list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => {
      const url = URL.parse(one)
      const isPlain = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
      if (!isPlain || !/^https?:$/.test(url.protocol)) {
        throw new UsageError(`--public-url takes addresses such as https://gpu.example, not "${one}"`)
      }
      return url
    })
}
