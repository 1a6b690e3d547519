import type { ClientBoundFrame } from '../../../protocol/dsp/index.ts'
import type { Language } from '../../../protocol/errors/index.ts'

/** A client that proved its licence key on `/dsp`: a phone, or an older PC client. */
export interface ClientSession {
  readonly connectionId: number
  readonly tenant: string
  /** Its own, repeated in what it is told; another key of the same tenant never is. */
  readonly key: string
  readonly language: Language
  /** Its key was revoked: what it sent before, and nobody has looked at yet, is not heard any more. */
  readonly isRevoked: () => boolean
  /** False when the frame cannot go out any more. */
  send(frame: ClientBoundFrame): boolean
  close(closeCode: number, reason: string): void
}
