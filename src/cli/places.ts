import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout where the sources run, the unpacked folder where a server's bundle runs: both lie two levels up. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What the commands find beside themselves. */
export const PLACES = {
  page: join(ROOT, 'out', 'renderer'),
  resources: join(ROOT, 'resources'),
  /** Scripts of the parts that run as processes of their own. */
  entries: {
    gateway: fileURLToPath(new URL('../entries/gateway.ts', import.meta.url)),
    worker: fileURLToPath(new URL('../entries/worker.ts', import.meta.url)),
  },
} as const
