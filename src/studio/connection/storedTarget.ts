import { z } from 'zod'
import { gatewayOrigin } from '../../client/index.ts'
import type { ConnectionTarget } from '../../protocol/studio/index.ts'
import type { Platform } from '../platform.ts'
import type { SettingsStore } from '../settings/index.ts'

export interface EmbeddedGateway {
  readonly url: string
  readonly token: string
}

/** Where to connect, with the key that opens it. */
export interface ResolvedTarget {
  readonly key: string
  readonly baseUrl: string
  readonly token: string
}

interface TargetDeps {
  readonly settings: SettingsStore
  readonly platform: Platform
}

const SETTING = 'connection'
const storedSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('embedded') }),
  z.object({ kind: z.literal('remote'), url: z.string() }),
])

/** What was chosen last; the embedded gateway when nothing readable was. */
export function readTarget(settings: SettingsStore): ConnectionTarget {
  const stored = storedSchema.safeParse(settings.readOwn(SETTING))
  if (!stored.success || stored.data.kind === 'embedded') return { kind: 'embedded' }
  return { kind: 'remote', url: stored.data.url, licenseKey: null }
}

/** Stores the choice; the licence key goes to the door's safe place and never into the database. */
export async function saveTarget(deps: TargetDeps, target: ConnectionTarget): Promise<void> {
  if (target.kind === 'embedded') {
    deps.settings.writeOwn(SETTING, { kind: 'embedded' })
    return
  }
  const origin = gatewayOrigin(target.url)
  if (target.licenseKey !== null) {
    await deps.platform.secrets.set({ name: secretName(origin), value: target.licenseKey.trim() })
  }
  deps.settings.writeOwn(SETTING, { kind: 'remote', url: origin })
}

/** Undefined while the embedded gateway is not up, or when no key is stored for a remote one. */
export async function resolveTarget(
  deps: TargetDeps,
  target: ConnectionTarget,
  embedded: EmbeddedGateway | null,
): Promise<ResolvedTarget | undefined> {
  if (target.kind === 'embedded') {
    return embedded === null ? undefined : { key: 'embedded', baseUrl: embedded.url, token: embedded.token }
  }
  const origin = gatewayOrigin(target.url)
  const token = target.licenseKey?.trim() ?? (await deps.platform.secrets.get({ name: secretName(origin) }))
  return token === null || token === '' ? undefined : { key: origin, baseUrl: origin, token }
}

function secretName(origin: string): string {
  return `licence:${origin}`
}
