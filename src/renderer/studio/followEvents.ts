import type { QueryClient } from '@tanstack/react-query'
import type { Clock } from '../../shared/index.ts'
import { delay } from '../../shared/index.ts'
import { applyEvent } from './applyEvent.ts'
import type { Studio } from './Studio.ts'

const PAUSE_MS = 1_000

/** Follows the one stream of changes for as long as the page lives; each new stream begins with `resync`. */
export async function followEvents(
  studio: Studio,
  cache: QueryClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await studio.whenOpen(signal)
      const stream = await studio.client.events(undefined, { signal })
      for await (const event of stream) applyEvent(event, studio.queries, cache)
    } catch {
      // Whatever broke it, the next stream's `resync` brings everything up to date; the link tells the person.
    }
    await delay(clock, PAUSE_MS, signal).catch(() => undefined)
  }
}
