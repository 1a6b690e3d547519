import { clientRegisterSchema, DSP_CLOSE } from '../../../protocol/dsp/index.ts'
import type { Language } from '../../../protocol/errors/index.ts'
import type { Principal } from '../../auth/port.ts'
import type { GatewayParts } from '../../parts.ts'
import type { Refusal } from '../register.ts'
import type { ClientSession } from './clientSession.ts'

/** Where a client's connection comes from. */
export interface ClientOrigin {
  readonly connectionId: number
  readonly address: string
  readonly language: Language
}

export type ClientProven =
  | { readonly ok: true; readonly principal: Principal; readonly key: string; readonly device: 'pc' | 'mobile' }
  | { readonly ok: false; readonly refusal: Refusal }

/** A worker says which role it has; a client of the field has none. */
export function isClientRegister(envelope: Readonly<Record<string, unknown>>): boolean {
  return envelope['type'] === 'register' && envelope['role'] === undefined && envelope['worker'] === undefined
}

/** Checks form and licence key of a client's register frame: as on HTTP, wrong ones are counted by address. */
export function proveClient(
  parts: Pick<GatewayParts, 'auth' | 'rates'>,
  envelope: Readonly<Record<string, unknown>>,
  origin: Pick<ClientOrigin, 'address'>,
): ClientProven {
  const parsed = clientRegisterSchema.safeParse(envelope)
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? ''
    const code = field === 'version' ? 'VERSION_UNSUPPORTED' : 'MESSAGE_SCHEMA'
    return { ok: false, refusal: { code, closeCode: DSP_CLOSE.unauthenticated, ...(field === '' ? {} : { field }) } }
  }
  const { key, device_type: device } = parsed.data
  const principal = parts.auth.authenticate(key)
  if (principal?.kind === 'tenant') return { ok: true, principal, key, device }
  const retryAfterMs = parts.rates.failedAuth.take(origin.address)
  const closeCode = DSP_CLOSE.unauthenticated
  if (retryAfterMs > 0) return { ok: false, refusal: { code: 'RATE_LIMITED', closeCode, retryAfterMs } }
  return { ok: false, refusal: { code: 'AUTH_INVALID', closeCode } }
}

export type ClientAdmitted =
  | { readonly ok: true; readonly session: ClientSession; readonly release: () => void }
  | { readonly ok: false; readonly refusal: Refusal }

/** Gives a proven client its place among the sockets of its tenant, and answers it. */
export function admitClient(
  parts: Pick<GatewayParts, 'sockets'>,
  proven: Extract<ClientProven, { readonly ok: true }>,
  origin: ClientOrigin,
  line: Pick<ClientSession, 'send' | 'close'>,
): ClientAdmitted {
  const { principal, key, device } = proven
  let isRevoked = false
  const release = parts.sockets.add(principal, () => {
    isRevoked = true
    line.close(DSP_CLOSE.unauthenticated, 'AUTH_INVALID')
  })
  if (release === undefined) return { ok: false, refusal: { code: 'SOCKETS_FULL_TENANT', closeCode: DSP_CLOSE.rate } }
  const { connectionId, language } = origin
  const session: ClientSession = {
    ...{ connectionId, tenant: principal.tenant, key, language },
    isRevoked: () => isRevoked,
    send: (frame) => line.send(frame),
    close: (closeCode, reason) => {
      line.close(closeCode, reason)
    },
  }
  session.send({ type: 'registered', key, device_type: device, version: '1.0' })
  return { ok: true, session, release }
}
