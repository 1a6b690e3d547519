export { createIpc } from './guard.ts'
export { servePage } from './pageChannels.ts'
