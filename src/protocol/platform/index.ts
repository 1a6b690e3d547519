export { doorContract, platformContract } from './contract.ts'
export type { DoorContract, PlatformContract } from './contract.ts'
