import { z } from 'zod'

/** Why an engine is not ready, as an error code of ours with its values, so that each person is told in their own language. */
export const notReadyCodeShape = {
  reason_code: z.string().max(64).optional(),
  reason_data: z.record(z.string().max(64), z.union([z.string().max(1000), z.number(), z.boolean()])).optional(),
}
