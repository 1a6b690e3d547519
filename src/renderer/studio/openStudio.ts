import { browserClock } from './browserClock.ts'
import { createStudioClient, createStudioQueries } from './client.ts'
import { createElectronDoor, findBridge } from './electronDoor.ts'
import type { Studio } from './Studio.ts'
import { createStudioLink } from './studioLink.ts'
import { createWebDoor } from './webDoor.ts'
import { takeWebToken } from './webToken.ts'

/** The studio behind this window: through the preload's bridge in Electron, else through the host that served the page. */
export function openStudio(page: Window): Studio {
  const bridge = findBridge(page)
  const door =
    bridge === null ? createWebDoor(takeWebToken(page), page.location.origin) : createElectronDoor(bridge, page)
  const link = createStudioLink({ door, clock: browserClock })
  const client = createStudioClient(link)
  return {
    client,
    queries: createStudioQueries(client),
    door,
    link,
    whenOpen: (signal) => link.whenOpen(signal),
  }
}
