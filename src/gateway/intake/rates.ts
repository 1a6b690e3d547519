import type { Clock } from '../../shared/index.ts'
import { TokenBuckets } from './TokenBuckets.ts'
import type { GatewayLimits } from '../settings/defaults.ts'
import type { LiveSettings } from '../settings/liveSettings.ts'

/** What a tenant or an address may do per minute, whichever door it comes through. */
export interface IntakeRates {
  /** By tenant. */
  readonly submits: TokenBuckets
  /** Wrong credentials, by address. */
  readonly failedAuth: TokenBuckets
}

export function createIntakeRates(
  clock: Clock,
  limits: GatewayLimits,
  settings: Pick<LiveSettings, 'current'>,
): IntakeRates {
  const burstRatio = limits.submitBurst / limits.submitsPerMinute
  const { failedAuthPerMinute } = limits
  return {
    submits: new TokenBuckets(clock, () => {
      const perMinute = settings.current().submits_per_minute
      return { perMinute, burst: Math.max(1, Math.round(perMinute * burstRatio)) }
    }),
    failedAuth: new TokenBuckets(clock, () => ({ perMinute: failedAuthPerMinute, burst: failedAuthPerMinute })),
  }
}
