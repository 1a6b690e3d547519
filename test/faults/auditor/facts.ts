import { z } from 'zod'

/** Milliseconds of the machine's monotonic clock: the same for all processes, so that facts can be ordered. */
const at = z.number()

const clientFact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('submit.sent'), at, tenant: z.string(), requestId: z.string(), digest: z.string() }),
  z.object({
    kind: z.literal('submit.reply'),
    at,
    tenant: z.string(),
    requestId: z.string(),
    digest: z.string(),
    status: z.int(),
    taskId: z.string().nullable(),
    code: z.string().nullable(),
  }),
  z.object({ kind: z.literal('submit.lost'), at, tenant: z.string(), requestId: z.string(), reason: z.string() }),
  z.object({
    kind: z.literal('cancel.reply'),
    at,
    tenant: z.string(),
    taskId: z.string(),
    status: z.int(),
    code: z.string().nullable(),
  }),
  /** A task as a client saw it, in the order in which it did. */
  z.object({
    kind: z.literal('seen'),
    at,
    tenant: z.string(),
    taskId: z.string(),
    version: z.int(),
    state: z.string(),
    sha256: z.string().nullable(),
    /** Which follower saw it: versions are in order for each, not across all. */
    by: z.string(),
  }),
  z.object({
    kind: z.literal('refused'),
    at,
    route: z.string(),
    status: z.int(),
    /** The answer as it came, at most 4 KiB. */
    body: z.string(),
  }),
])

const workerFact = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('granted'),
    at,
    worker: z.string(),
    taskId: z.string(),
    epoch: z.int(),
    token: z.string(),
  }),
  z.object({
    kind: z.literal('started'),
    at,
    worker: z.string(),
    taskId: z.string(),
    epoch: z.int(),
    name: z.string(),
  }),
  z.object({
    kind: z.literal('finished'),
    at,
    worker: z.string(),
    taskId: z.string(),
    epoch: z.int(),
    sha256: z.string(),
  }),
  z.object({ kind: z.literal('ended'), at, worker: z.string(), taskId: z.string(), epoch: z.int(), why: z.string() }),
  z.object({
    kind: z.literal('result.sent'),
    at,
    worker: z.string(),
    taskId: z.string(),
    epoch: z.int(),
    token: z.string(),
    isSuccess: z.boolean(),
    /** Of the output; null for a failure, and where there is no file to show. */
    sha256: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('result.acked'),
    at,
    worker: z.string(),
    taskId: z.string(),
    epoch: z.int(),
    outcome: z.string(),
  }),
  /** The gateway answered a heartbeat or a registration with: this lease is yours and goes on. */
  z.object({
    kind: z.literal('kept'),
    at,
    worker: z.string(),
    taskId: z.string(),
    epoch: z.int(),
    /** When the worker asked. */
    askedAt: z.number(),
  }),
])

/** A file of which the pool said that it has it. */
const poolFact = z.object({
  kind: z.literal('stored'),
  at,
  tenant: z.string(),
  md5: z.string(),
  sha256: z.string(),
  size: z.int(),
})

/** A click of which the studio said that it is kept. */
const studioFact = z.object({ kind: z.literal('created'), at, job: z.string(), recordId: z.string() })

export const factSchemas = { client: clientFact, worker: workerFact, pool: poolFact, studio: studioFact } as const

export type ClientFact = z.infer<typeof clientFact>
export type WorkerFact = z.infer<typeof workerFact>
export type PoolFact = z.infer<typeof poolFact>
export interface Facts {
  readonly client: ClientFact
  readonly worker: WorkerFact
  readonly pool: PoolFact
  readonly studio: z.infer<typeof studioFact>
}

export function nowAt(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
