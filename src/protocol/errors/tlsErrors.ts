import { defineErrors } from './entry.ts'

/** What can be wrong with the certificate that a gateway is started with. Clients are told GATEWAY_TLS. */
export const tlsErrors = defineErrors({
  TLS_FILE_UNREADABLE: {
    status: 500,
    retryable: false,
    en: ['“{file}” cannot be read.', 'Give a PEM file that the gateway’s own user may read.'],
    zh: ['无法读取“{file}”。', '请提供网关运行用户可读取的 PEM 文件。'],
  },
  TLS_CERT_INVALID: {
    status: 500,
    retryable: false,
    en: ['“{file}” holds no certificate.', 'Give the full chain as PEM: the server’s own certificate first.'],
    zh: ['“{file}”中没有证书。', '请提供 PEM 格式的完整证书链，服务器自身的证书在最前。'],
  },
  TLS_KEY_INVALID: {
    status: 500,
    retryable: false,
    en: ['“{file}” holds no private key that can be used.', 'Give a PEM key without a password.'],
    zh: ['“{file}”中没有可用的私钥。', '请提供未加密的 PEM 私钥。'],
  },
  TLS_KEY_MISMATCH: {
    status: 500,
    retryable: false,
    en: ['The private key “{file}” is not the one of the certificate.', 'Give the key the certificate was made with.'],
    zh: ['私钥“{file}”与证书不匹配。', '请提供签发该证书时使用的私钥。'],
  },
  TLS_CERT_EXPIRED: {
    status: 500,
    retryable: false,
    en: ['The certificate expired on {date}.', 'Renew it, then start the gateway again.'],
    zh: ['证书已于 {date} 过期。', '请续期证书，然后重新启动网关。'],
  },
  TLS_CERT_NOT_YET: {
    status: 500,
    retryable: false,
    en: ['The certificate is valid only from {date}.', 'Check the clock of this machine, or wait.'],
    zh: ['证书自 {date} 起才有效。', '请检查本机时钟，或等待证书生效。'],
  },
})
