export { CATALOGUE } from './catalogue.ts'
export { COLUMNS, NotReached } from './fault.ts'
export type { Column, FaultCase, Trial } from './fault.ts'
