import type { Language } from '../protocol/errors/index.ts'

/** What those who run gateways and workers can do beside what the hint tells everybody. */
const ADVICE: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  GATEWAY_UNREACHABLE: {
    en: 'Where it has a certificate, its address begins with https:// (a worker: wss://).',
    'zh-CN': '网关有证书时，地址以 https://（执行端为 wss://）开头。',
  },
  GATEWAY_TLS: {
    en: 'An authority of its own is made known by NODE_EXTRA_CA_CERTS=ca.pem.',
    'zh-CN': '自建的证书机构可通过 NODE_EXTRA_CA_CERTS=ca.pem 信任。',
  },
  GATEWAY_PLAIN: {
    en: 'A gateway that is started without a certificate is reached by http:// (a worker: ws://).',
    'zh-CN': '未配置证书的网关请使用 http://（执行端为 ws://）。',
  },
  GATEWAY_ADDRESS_INVALID: {
    en: 'On this machine also http://127.0.0.1:9501; a worker also takes ws://127.0.0.1:9501/dsp.',
    'zh-CN': '本机也可使用 http://127.0.0.1:9501；执行端也可使用 ws://127.0.0.1:9501/dsp。',
  },
}

/** `hint` as it is told on a command line. */
export function withOperatorAdvice(hint: string, code: string, language: Language): string {
  const more = ADVICE[code]?.[language]
  if (more === undefined) return hint
  return language === 'zh-CN' ? `${hint}${more}` : `${hint} ${more}`
}
