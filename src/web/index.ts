export { openInBrowser } from './openInBrowser.ts'
export { createWebHost } from './webHost.ts'
export type { WebHost, WebHostOptions } from './webHost.ts'
export type { WebReach } from './webDoor.ts'
