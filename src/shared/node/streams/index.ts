export { endSocket } from './endSocket.ts'
export { freeBytes } from './freeBytes.ts'
export { freeingSink } from './freeingSink.ts'
