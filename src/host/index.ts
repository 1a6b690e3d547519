export { createEmbeddedPipeline } from './embeddedPipeline.ts'
export type { EmbeddedPipeline, EmbeddedPipelineDeps, GatewayAddress, PipelineState } from './embeddedPipeline.ts'
export { createNodePipeline } from './nodePipeline.ts'
export type { NodePipelineOptions } from './nodePipeline.ts'
