export { placesOf } from './places.ts'
export { runApp } from './runApp.ts'
export type { SecondInstance } from './runApp.ts'
