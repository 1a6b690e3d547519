export { lockSession } from './lockSession.ts'
export { isAppOrigin } from './requests.ts'
