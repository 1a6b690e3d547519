export { defaultDataDir, defaultOutputDir } from './dirs.ts'
export type { Surroundings } from './dirs.ts'
