import { z } from 'zod'
import type { GatewayOptions } from '../../../src/gateway/index.ts'
import { faultSchema } from './faultPlan.ts'
import { clockSchema } from './scaledClock.ts'

/** What a trial may change of a gateway; the rest is the product's own. */
export type GatewayOverrides = Partial<
  Pick<
    GatewayOptions,
    'timings' | 'queueTimings' | 'fleetTimings' | 'poolSettings' | 'limits' | 'settings' | 'allowedHosts'
  >
>

const credentialsSchema = z.object({
  licenseKey: z.string(),
  workerSecret: z.string(),
  adminToken: z.string(),
  tenant: z.string(),
})

export type Credentials = z.infer<typeof credentialsSchema>

/** Which call of SQLite goes wrong, counted from the arming on. */
export const storeFaultSchema = z.object({
  /** `commit`: COMMIT of a transaction; `statement`: any statement that reads or writes. */
  at: z.enum(['commit', 'statement']),
  nth: z.int().positive(),
  times: z.int().positive().default(1),
  /** `before`: nothing happened; `after`: it happened, and the caller is told that it did not. */
  when: z.enum(['before', 'after']),
  /** Only in transactions with a statement whose text holds this, or that has it for a parameter. */
  of: z.string().optional(),
})

export type StoreFault = z.input<typeof storeFaultSchema>

const faults = z.array(faultSchema).default([])

export const gatewayStartSchema = z.object({
  dataDir: z.string(),
  port: z.int(),
  credentials: credentialsSchema,
  /** Out of `credentials.json` in its data folder, as `dhs gateway` does; only the tenant is of the above then. */
  readsCredentials: z.boolean().default(false),
  clock: clockSchema,
  logFile: z.string(),
  overrides: z.custom<GatewayOverrides>((value) => typeof value === 'object' && value !== null),
  faults,
})

export const workerStartSchema = z.object({
  dataDir: z.string(),
  gatewayUrl: z.string(),
  workerSecret: z.string(),
  slots: z.int().positive(),
  name: z.string(),
  clock: clockSchema,
  logFile: z.string(),
  /** A finished video to copy from; see `testEngine.ts`. */
  outputPath: z.string(),
  ledgerPath: z.string(),
  /** With the product's own preview engine on this program, instead of the engine of the trials. */
  ffmpegPath: z.string().nullable(),
  faults,
})

const jobSchema = z.object({
  name: z.string(),
  /** What the engine is told, as the task's name. */
  script: z.string(),
  avatarPath: z.string(),
  voicePath: z.string(),
  outputPath: z.string(),
})

export type StudioJob = z.infer<typeof jobSchema>

export const studioStartSchema = z.object({
  dataDir: z.string(),
  outputDir: z.string(),
  gateway: z.object({ url: z.string(), token: z.string() }),
  clock: clockSchema,
  logFile: z.string(),
  ledgerPath: z.string(),
  jobs: z.array(jobSchema),
  faults,
})

/** What the campaign tells a child while it runs. */
export const orderSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), options: z.unknown() }),
  z.object({ type: z.literal('arm'), faults }),
  z.object({ type: z.literal('store'), fault: storeFaultSchema.nullable() }),
  z.object({ type: z.literal('passes') }),
  z.object({ type: z.literal('measure') }),
  /** Stands still for so long, as a synchronous loop would. */
  z.object({ type: z.literal('block'), blockMs: z.number() }),
  z.object({ type: z.literal('skew'), skewMs: z.number() }),
  z.object({ type: z.literal('stop') }),
])

export type Order = z.input<typeof orderSchema>
export type ParsedOrder = z.output<typeof orderSchema>

export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), url: z.string(), dspUrl: z.string(), port: z.int() }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('fired'), point: z.string() }),
  z.object({ type: z.literal('passes'), passes: z.record(z.string(), z.int()) }),
  z.object({ type: z.literal('measured'), rssBytes: z.number(), loopDelayMs: z.number() }),
  z.object({ type: z.literal('done') }),
  /** Of a studio: how far each of its jobs is. */
  z.object({ type: z.literal('phases'), phases: z.record(z.string(), z.string()) }),
  /** A state of a worker. */
  z.object({ type: z.literal('state'), kind: z.string() }),
])

export type Report = z.infer<typeof reportSchema>
