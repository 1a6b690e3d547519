import { z } from 'zod'

/** A task's id, made by the gateway. */
export const taskIdSchema = z.string().regex(/^t_[0-9a-f]{32}$/)

/** A client's own id of a request: 8–64 of `A–Z a–z 0–9 _ -`, not digits only. */
export const requestIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/)
  .regex(/[^0-9]/)

/** A worker's own id, kept in its data folder. */
export const workerIdSchema = z.string().regex(/^[A-Za-z0-9_-]{4,64}$/)

/** The gateway's name for a GPU server: `GPU-001`. */
export const serverIdSchema = z.string().regex(/^GPU-\d{3,}$/)

/** A lease's secret: 128 random bits, hex. */
export const leaseTokenSchema = z.string().regex(/^[0-9a-f]{32}$/)
