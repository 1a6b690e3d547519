export { APP_ORIGIN, isPageAddress } from './appAddress.ts'
export { registerAppScheme, serveApp } from './appProtocol.ts'
