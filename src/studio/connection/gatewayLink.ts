import { createGatewayClient, createPoolClient } from '../../client/index.ts'
import type { GatewayClient, PoolClient } from '../../client/index.ts'
import type { Clock } from '../../shared/index.ts'

/** One gateway, ready to be talked to. */
export interface GatewayLink {
  /** What a record remembers of its gateway: the embedded one keeps its name when its port changes. */
  readonly key: string
  readonly baseUrl: string
  readonly token: string
  readonly client: GatewayClient
  readonly pool: PoolClient
  close(): void
}

export function openLink(
  target: { readonly key: string; readonly baseUrl: string; readonly token: string },
  deps: { readonly language: string; readonly clock: Clock },
): GatewayLink {
  const { key, baseUrl, token } = target
  const authorization = `Bearer ${token}`
  const pool = createPoolClient({
    baseUrl,
    clock: deps.clock,
    headers: () => ({ authorization, 'accept-language': deps.language }),
  })
  return {
    key,
    baseUrl,
    token,
    client: createGatewayClient({ baseUrl, token, language: deps.language }),
    pool,
    close: () => {
      pool.close()
    },
  }
}
