export { createStudio } from './createStudio.ts'
export type { Studio, StudioApi, StudioDoor } from './createStudio.ts'
export type { StudioConfig } from './parts.ts'
export type { Platform } from './platform.ts'
