import { z } from 'zod'

const idSchema = z.union([z.string().max(100), z.number()])

/** The frames of oRPC a caller may send: a request, and word that it no longer waits. */
const frameSchema = z.union([
  z.object({
    i: idSchema,
    t: z.literal(1).optional(),
    p: z.object({
      u: z.string().startsWith('/').max(1_000).refine(isDecodable),
      b: z.unknown().optional(),
      h: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
      m: z.literal('POST').optional(),
    }),
  }),
  z.object({ i: idSchema, t: z.literal(4), p: z.unknown().optional() }),
])

/**
 * A text frame of the RPC protocol as an object, or undefined when it is none. Both carriers check before the RPC
 * library sees a frame: there a malformed one ends as an unhandled rejection, and the process with it.
 */
export function readPageFrame(data: unknown): object | undefined {
  if (typeof data !== 'string') return undefined
  try {
    return frameSchema.safeParse(JSON.parse(data)).data
  } catch {
    return undefined
  }
}

function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== ''
  } catch {
    return false
  }
}
