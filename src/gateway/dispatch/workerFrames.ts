import type { GatewayFrame } from '../../protocol/dsp/index.ts'

/** It finishes what it runs and takes nothing more. */
export const DRAIN_FRAME: GatewayFrame = { type: 'drain', version: '1.0' }

/** `epoch`: of the lease that the worker knows, which a stored cancel has already left behind. */
export function cancelFrame(taskId: string, epoch: number): GatewayFrame {
  return { type: 'gpu.job.cancel', version: '1.0', task_id: taskId, epoch }
}
