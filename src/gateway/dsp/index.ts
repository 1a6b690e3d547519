export { createDspDoor } from './dspDoor.ts'
export type { DspDoor } from './dspDoor.ts'
