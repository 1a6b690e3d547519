import { createHash, createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../../shared/node/index.ts'
import { createGateway } from '../index.ts'
import type { Gateway, GatewayAddress, GatewayOptions } from '../index.ts'

/** A real gateway on port 0 with a real database in a folder of its own, for tests. */
export interface GatewayBench extends GatewayAddress {
  readonly dataDir: string
  readonly licenseKey: string
  readonly workerSecret: string
  readonly adminToken: string
  readonly metricsToken: string
  /** `fetch` with this licence; JSON bodies are sent as such. */
  call(path: string, options?: CallOptions): Promise<Answer>
  /** Puts bytes into the tenant's pool through the door; answers their digests. */
  upload(bytes: Buffer, ext: string): Promise<Digests>
  stop(): Promise<void>
  /** Stops the gateway and starts another on the same folder and port, with another licence where one is given. */
  restart(licenseKey?: string): Promise<void>
  /** Stops and removes the folder. */
  dispose(): Promise<void>
}

export interface CallOptions {
  readonly method?: string
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly key?: string | null
  readonly body?: NonNullable<RequestInit['body']>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
  readonly bytes: Buffer
}

export interface Digests {
  readonly md5: string
  readonly sha256: string
  readonly size: number
}

export function newKey(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('hex')}`
}

export function digestsOf(bytes: Buffer): Digests {
  const hex = (name: string): string => createHash(name).update(bytes).digest('hex')
  return { md5: hex('md5'), sha256: hex('sha256'), size: bytes.length }
}

export function hmacHex(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

export async function startGatewayBench(overrides: Partial<GatewayOptions> = {}): Promise<GatewayBench> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dhs-gateway-'))
  const credentials = {
    ...{ licenseKey: newKey('lk'), workerSecret: newKey('ws') },
    ...{ adminToken: newKey('at'), metricsToken: newKey('ms') },
  }
  const log = createLogger({ name: 'gateway-test', destination: 'stderr', level: 'silent' })
  const create = (port: number, licenseKey = credentials.licenseKey): Gateway =>
    createGateway({
      ...{ dataDir, host: '127.0.0.1', port, version: '0.0.0-test', log },
      credentials: { ...credentials, licenseKey },
      ...overrides,
      poolSettings: { lowDiskBytes: 0, ...overrides.poolSettings },
    })
  let gateway = create(0)
  const address = await gateway.start()
  const call = callerOf(address.url, credentials.licenseKey)
  return {
    ...address,
    dataDir,
    licenseKey: credentials.licenseKey,
    workerSecret: credentials.workerSecret,
    adminToken: credentials.adminToken,
    metricsToken: credentials.metricsToken,
    call,
    upload: (bytes, ext) => upload(call, bytes, ext),
    stop: () => gateway.stop(),
    async restart(licenseKey) {
      await gateway.stop()
      gateway = create(address.port, licenseKey)
      await gateway.start()
    },
    async dispose() {
      await gateway.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

type Call = GatewayBench['call']

function callerOf(baseUrl: string, licenseKey: string): Call {
  return async (path, options = {}) => {
    const { method, json, key = licenseKey } = options
    const body = json === undefined ? options.body : JSON.stringify(json)
    const response = await fetch(new URL(path, baseUrl), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    return { status: response.status, headers: response.headers, body: parsed(bytes), bytes }
  }
}

function parsed(bytes: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(bytes.toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}

async function upload(call: Call, bytes: Buffer, ext: string): Promise<Digests> {
  const digests = digestsOf(bytes)
  const form = new FormData()
  form.set('hash', digests.md5)
  form.set('ext', ext)
  form.set('file', new Blob([new Uint8Array(bytes)]), `file${ext}`)
  const answer = await call('/api/heygem/upload_file', { body: form })
  if (answer.status !== 200) throw new Error(`upload answered ${String(answer.status)}: ${answer.bytes.toString()}`)
  return digests
}
