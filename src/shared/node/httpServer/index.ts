export { endUnreadable } from './endUnreadable.ts'
export { toListenError } from './listenError.ts'
