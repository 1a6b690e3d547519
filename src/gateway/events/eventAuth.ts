import { describeError, pickLanguage } from '../../protocol/errors/index.ts'
import type { ErrorCode, Language } from '../../protocol/errors/index.ts'
import type { Auth, Principal } from '../auth/port.ts'

/** Who is on a Socket.IO connection. Set once by the server, from the credential alone. */
export interface EventClient {
  readonly tenant: string
  readonly language: Language
}

interface Handshake {
  readonly auth: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly headers: { readonly 'accept-language'?: string | undefined }
}

const URL_TOKEN_NAMES = ['token', 'auth', 'key', 'license_key', 'access_token', 'secret']

export function identifyClient(auth: Pick<Auth, 'authenticate'>, handshake: Handshake): Principal | ErrorCode {
  if (URL_TOKEN_NAMES.some((name) => Object.hasOwn(handshake.query, name))) return 'TOKEN_IN_URL'
  const { token } = handshake.auth
  if (typeof token !== 'string' || token === '') return 'AUTH_REQUIRED'
  const principal = auth.authenticate(token)
  return principal?.kind === 'tenant' ? principal : 'AUTH_INVALID'
}

export function languageOf(handshake: Handshake): Language {
  const { lang } = handshake.auth
  return pickLanguage(typeof lang === 'string' ? lang : handshake.headers['accept-language'])
}

/** A refusal in the form Socket.IO hands to `connect_error`: the code in `data`. */
export class ConnectRefusal extends Error {
  readonly data: { readonly code: string; readonly message: string; readonly hint: string }

  constructor(code: ErrorCode, language: Language) {
    super(code)
    this.name = 'ConnectRefusal'
    this.data = { code, ...describeError({ code }, language) }
  }
}
