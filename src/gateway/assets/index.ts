export { Assets } from './assets.ts'
export type { AssetsDeps, Deletion, NewAsset } from './assets.ts'
export type { StoredAsset } from './assetTable.ts'
