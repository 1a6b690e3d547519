import { readFileSync } from 'node:fs'
import type { ReconnectTimings } from '../link/reconnect.ts'

const SAMPLES = new URL('../../../resources/samples/', import.meta.url)

/** The sample pair, as bytes. */
export const media = {
  avatar: readFileSync(new URL('presenter.mp4', SAMPLES)),
  voice: readFileSync(new URL('welcome.wav', SAMPLES)),
}

/** Waits between connections that a test need not wait for. */
export const QUICK_RECONNECT: ReconnectTimings = {
  policy: { baseMs: 20, factor: 2, capMs: 50 },
  fastMs: 10,
  refusedMs: 30,
  restartMs: 10,
  replacedMs: 30,
}
