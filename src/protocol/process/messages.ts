import { z } from 'zod'
import { appErrorSchema } from '../studio/files.ts'

/** First message to an embedded gateway. Secrets travel here: never in argv, environment, disk or URL. */
export const gatewayStartSchema = z.object({
  kind: z.literal('start'),
  role: z.literal('gateway'),
  dataDir: z.string(),
  host: z.string(),
  /** 0 = any free one; a restart asks for the port it had, so that nobody has to be told. */
  port: z.int().min(0).max(65535),
  /** Whose work it is: fixed, because the key below is a new one at each launch. */
  tenant: z.string().regex(/^[a-z0-9-]{1,64}$/),
  licenseKey: z.string().min(32),
  workerSecret: z.string().min(32),
  adminToken: z.string().min(32),
})

export type GatewayStart = z.infer<typeof gatewayStartSchema>

export const workerStartSchema = z.object({
  kind: z.literal('start'),
  role: z.literal('worker'),
  dataDir: z.string(),
  gatewayUrl: z.string(),
  workerSecret: z.string().min(32),
  slots: z.int().min(1).max(64),
  engine: z.string(),
  /** FFmpeg chosen in the settings; null = look for it. */
  ffmpegPath: z.string().nullable(),
})

export type WorkerStart = z.infer<typeof workerStartSchema>

/** In the desktop app two ports travel with it: the platform contract and the door contract, in this order. */
export const studioStartSchema = z.object({
  kind: z.literal('start'),
  role: z.literal('studio'),
  dataDir: z.string(),
  outputDir: z.string(),
  resourcesDir: z.string(),
  appVersion: z.string(),
  locale: z.string(),
  /** The embedded gateway; null while it is not up. */
  gateway: z.object({ url: z.string(), token: z.string() }).nullable(),
})

export type StudioStart = z.infer<typeof studioStartSchema>

/** Told to a running studio when the embedded gateway came, went or moved. */
const gatewayAtSchema = z.object({
  kind: z.literal('gateway'),
  gateway: z.object({ url: z.string(), token: z.string() }).nullable(),
})

/** A page wants to talk to the studio: one port travels with the message and speaks the studio contract. */
const pagePortSchema = z.object({ kind: z.literal('port') })

const stopSchema = z.object({ kind: z.literal('stop') })

/** Host → child, over the process channel. */
export const toChildSchema = z.discriminatedUnion('kind', [
  z.discriminatedUnion('role', [gatewayStartSchema, workerStartSchema, studioStartSchema]),
  gatewayAtSchema,
  pagePortSchema,
  stopSchema,
])

export type ToChild = z.infer<typeof toChildSchema>

/** Child → host. `ready` ends the handshake; `failed` precedes an exit the child explains itself. */
export const fromChildSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), url: z.string().optional(), port: z.int().optional() }),
  z.object({ kind: z.literal('failed'), error: appErrorSchema }),
])

export type FromChild = z.infer<typeof fromChildSchema>
