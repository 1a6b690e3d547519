export { createEventDoor, SOCKET_IO_PATH } from './eventDoor.ts'
export type { EventDoor } from './eventDoor.ts'
