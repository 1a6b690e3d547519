import { z } from 'zod'

/** What every refusal carries, whatever the route. */
export const errorBodySchema = z.object({
  /** UPPER_SNAKE; never changes with the language. */
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  field: z.string().optional(),
  retryable: z.boolean(),
  retry_after_ms: z.number().optional(),
  /** The values inside the sentences, so that a client can say them in its own language. */
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
})

export type ErrorBody = z.infer<typeof errorBodySchema>

/** `code` is never 0 here: it repeats the HTTP status, as clients of the field expect. */
export const failureEnvelopeSchema = z.object({
  code: z.int().positive(),
  msg: z.string(),
  error: errorBodySchema,
  request_id: z.string(),
})

export type FailureEnvelope = z.infer<typeof failureEnvelopeSchema>

/** The HeyGem family's success envelope around `data`. */
export function successEnvelope<T extends z.ZodType>(data: T) {
  return z.object({ code: z.literal(0), msg: z.string(), data })
}
