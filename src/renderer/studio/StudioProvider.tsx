import { useQueryClient } from '@tanstack/react-query'
import { createContext, use, useEffect, useSyncExternalStore } from 'react'
import type { ReactNode } from 'react'
import { browserClock } from './browserClock.ts'
import { followEvents } from './followEvents.ts'
import type { Studio } from './Studio.ts'
import type { LinkState } from './studioLink.ts'

const StudioContext = createContext<Studio | null>(null)

/** Gives the pages their studio, and keeps the caches up to date from its events. */
export function StudioProvider({ studio, children }: { readonly studio: Studio; readonly children: ReactNode }) {
  const cache = useQueryClient()
  useEffect(() => {
    const stop = new AbortController()
    void followEvents(studio, cache, browserClock, stop.signal)
    return () => stop.abort()
  }, [studio, cache])
  return <StudioContext value={studio}>{children}</StudioContext>
}

export function useStudio(): Studio {
  const studio = use(StudioContext)
  if (studio === null) throw new Error('useStudio outside of StudioProvider')
  return studio
}

export function useLinkState(): LinkState {
  const { link } = useStudio()
  return useSyncExternalStore(
    (listener) => link.changed.on(listener),
    () => link.state,
  )
}
