export { createNonce, pageHeaders, withNonce } from './pagePolicy.ts'
