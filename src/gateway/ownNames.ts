import { DSP_PATH } from '../protocol/http/index.ts'
import { allowedHosts, ownOrigins } from '../shared/node/index.ts'
import type { Certificate } from '../shared/node/index.ts'
import type { DoorPolicy } from './http/index.ts'

export interface GatewayAddress {
  /** `http://host:port`, `https://…` with a certificate */
  readonly url: string
  /** `ws://host:port/dsp`, `wss://…` with a certificate */
  readonly dspUrl: string
  readonly port: number
}

/** What a gateway was told about the way people reach it. */
export interface Reachability {
  readonly host: string
  /** Further exact `host:port` names this gateway is reached under, e.g. behind a proxy. */
  readonly allowedHosts?: readonly string[]
  /** Origins of web pages that may call this gateway, besides its own. */
  readonly allowedOrigins?: readonly string[]
  /** A TLS proxy stands in front: requests must come through its TLS, and what it says of its clients is believed. */
  readonly trustsProxy?: boolean
}

export function addressAt(host: string, port: number, certificate: Certificate | undefined): GatewayAddress {
  const shownHost = host.includes(':') ? `[${host}]` : host
  const [http, ws] = certificate === undefined ? ['http', 'ws'] : ['https', 'wss']
  return { url: `${http}://${shownHost}:${port}`, dspUrl: `${ws}://${shownHost}:${port}${DSP_PATH}`, port }
}

/** The names and origins the doors accept, once the port is known. */
export function policyAt(
  reach: Reachability,
  port: number,
  certificate: Certificate | undefined,
): Pick<DoorPolicy, 'hosts' | 'origins' | 'trustsProxy' | 'certificateEndsMs'> {
  const trustsProxy = reach.trustsProxy ?? false
  const scheme = certificate === undefined ? 'http' : 'https'
  const hosts = allowedHosts({
    bindHost: reach.host,
    ...{ port, scheme, names: certificate?.names ?? [], extra: reach.allowedHosts ?? [] },
  })
  const behindProxy = trustsProxy ? ownOrigins(hosts, 'https') : []
  const configured = (reach.allowedOrigins ?? []).map((origin) => origin.toLowerCase())
  const origins = new Set([...ownOrigins(hosts, scheme), ...behindProxy, ...configured])
  return { hosts, origins, trustsProxy, certificateEndsMs: certificate?.notAfterMs ?? null }
}
