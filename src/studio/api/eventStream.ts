import type { StudioEvent } from '../../protocol/studio/index.ts'
import type { StudioParts } from '../parts.ts'

/** More than a listener can have missed while it was busy; then it reads anew instead. */
const MAX_WAITING = 1_000

type Subscribe = (listener: (event: StudioEvent) => void) => () => void

/** Every change a screen could show. */
export function studioEvents(parts: StudioParts, removed: Subscribe): Subscribe {
  return (listener) => {
    const leave = [
      parts.ledger.onChange((change) => {
        listener({ kind: 'record.changed', record: change.view })
      }),
      parts.connection.on((event) => {
        if (event.kind === 'changed') listener({ kind: 'connection.changed', connection: event.connection })
      }),
      parts.settings.onChange((settings) => {
        listener({ kind: 'settings.changed', settings })
      }),
      removed(listener),
    ]
    return () => {
      for (const unsubscribe of leave) unsubscribe()
    }
  }
}

/**
 * The changes as a stream that begins with `resync`. A listener too slow to follow loses events and gets another
 * `resync` instead of them. Ends when `signal` aborts.
 */
export async function* streamEvents(subscribe: Subscribe, signal: AbortSignal): AsyncGenerator<StudioEvent, void> {
  let waiting: StudioEvent[] = [{ kind: 'resync' }]
  let wake: () => void = () => undefined
  const stop = (): void => {
    wake()
  }
  const leave = subscribe((event) => {
    waiting = waiting.length >= MAX_WAITING ? [{ kind: 'resync' }] : [...withoutOlder(waiting, event), event]
    wake()
  })
  signal.addEventListener('abort', stop)
  try {
    while (!signal.aborted) {
      const event = waiting.shift()
      if (event !== undefined) {
        yield event
        continue
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    signal.removeEventListener('abort', stop)
    leave()
  }
}

/** A newer state of the same record replaces one that nobody has read yet. */
function withoutOlder(waiting: StudioEvent[], event: StudioEvent): StudioEvent[] {
  if (event.kind !== 'record.changed') return waiting
  return waiting.filter((older) => older.kind !== 'record.changed' || older.record.id !== event.record.id)
}
