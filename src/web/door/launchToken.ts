import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { AppError } from '../../shared/index.ts'

const TOKEN_BYTES = 32

/** The key of one launch: who has it is the person who started the app. */
export interface LaunchToken {
  readonly value: string
  /** Takes the same time for every wrong candidate. */
  matches(candidate: string): boolean
}

export function createLaunchToken(): LaunchToken {
  const value = randomBytes(TOKEN_BYTES).toString('base64url')
  const digest = digestOf(value)
  return { value, matches: (candidate) => timingSafeEqual(digestOf(candidate), digest) }
}

/** Throws PAGE_TOKEN_INVALID unless the request carries this launch's token. */
export function requireToken(request: IncomingMessage, token: LaunchToken): void {
  const candidate = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (candidate === undefined || !token.matches(candidate)) throw new AppError('PAGE_TOKEN_INVALID')
}

/** Equal lengths for any input, so that the comparison tells nothing. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
