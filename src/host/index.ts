export { createEmbeddedPipeline } from './embeddedPipeline.ts'
export type { EmbeddedPipeline, EmbeddedPipelineDeps, GatewayAddress, PipelineState } from './embeddedPipeline.ts'
