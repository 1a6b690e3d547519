import type { Clock } from '../../shared/index.ts'
import { parseLink } from './parseLink.ts'
import type { Link } from './parseLink.ts'

export interface LinkRouterDeps {
  /** Brings the window up; with a place, opens it there. */
  readonly show: (place?: string) => Promise<void>
  /** Whether the person wants to go to the settings of that gateway. */
  readonly askToConnect: (host: string) => Promise<boolean>
  readonly clock: Clock
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
}

export interface LinkRouter {
  /** Follows a link, or the last one given before `begin`. */
  follow(text: string): void
  /** The window can be shown now. */
  begin(): void
}

/** Another program can throw links at us as fast as it likes. */
const QUIET_MS = 1_000

export function createLinkRouter(deps: LinkRouterDeps): LinkRouter {
  let hasBegun = false
  let isBusy = false
  let waiting: Link | undefined

  const run = async (link: Link): Promise<void> => {
    isBusy = true
    try {
      await route(link, deps)
    } catch (error) {
      deps.log('link.failed', { error })
    }
    deps.clock.setTimer(() => {
      isBusy = false
    }, QUIET_MS)
  }

  return {
    follow(text) {
      const link = parseLink(text)
      if (link === null) deps.log('link.refused', { length: text.length })
      else if (!hasBegun) waiting = link
      else if (isBusy) deps.log('link.dropped', { kind: link.kind })
      else void run(link)
    },
    begin() {
      hasBegun = true
      if (waiting !== undefined) void run(waiting)
      waiting = undefined
    },
  }
}

async function route(link: Link, { show, askToConnect }: LinkRouterDeps): Promise<void> {
  switch (link.kind) {
    case 'open':
      return show()
    case 'task':
      return show(placeOfRecord(link.recordId))
    case 'connect':
      await show()
      if (await askToConnect(link.host)) await show(`/?connect=${encodeURIComponent(link.gateway)}`)
  }
}

/** Where the page shows a record; notifications lead there too. */
export function placeOfRecord(recordId: string): string {
  return `/tasks?record=${encodeURIComponent(recordId)}`
}
