import { app } from 'electron'
import type { Event as ElectronEvent } from 'electron'
import { isPageAddress } from '../protocol/index.ts'

/**
 * No web contents of the app ever shows anything but our page: no navigation, no redirect, no frame elsewhere, no
 * second window, no webview. A reload of the page itself is let through. Hooked before the first window.
 */
export function lockNavigation(log: (event: string, fields: Readonly<Record<string, unknown>>) => void): void {
  app.on('web-contents-created', (_event, contents) => {
    const deny = (event: Pick<ElectronEvent, 'preventDefault'>, address: string): void => {
      if (isPageAddress(address)) return
      event.preventDefault()
      log('window.navigation.denied', { scheme: URL.parse(address)?.protocol ?? '' })
    }
    contents.on('will-navigate', (event) => {
      deny(event, event.url)
    })
    contents.on('will-redirect', (event) => {
      deny(event, event.url)
    })
    contents.on('will-frame-navigate', (event) => {
      // Our page has no frames: whatever wants to fill one is not ours.
      if (event.isMainFrame) deny(event, event.url)
      else event.preventDefault()
    })
    contents.on('will-attach-webview', (event) => {
      event.preventDefault()
    })
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}
