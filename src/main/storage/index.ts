export { jsonFile } from './jsonFile.ts'
export type { JsonFile } from './jsonFile.ts'
