export { WaitEstimator } from './waitEstimator.ts'
export type { Estimate, WaitEstimatorDeps } from './waitEstimator.ts'
