export { FieldDoor } from './FieldDoor.ts'
export { readFieldOptions } from './fieldOptions.ts'
export type { FieldWorkerOptions } from './fieldOptions.ts'
export { isFieldWorkerId } from './serverAddress.ts'
