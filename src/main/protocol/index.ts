export { APP_ORIGIN, isPageAddress, routeOf } from './appAddress.ts'
export { registerAppScheme, serveApp } from './appProtocol.ts'
