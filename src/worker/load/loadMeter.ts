import { cpus, freemem, totalmem } from 'node:os'
import type { HeartbeatFrame } from '../../protocol/dsp/index.ts'
import type { GpuLoad } from './gpuMeter.ts'

type Load = NonNullable<HeartbeatFrame['load']>

/** Share of processor time used since the last call, memory in use (bytes), and what the GPUs last told. */
export function createLoadMeter(readGpus: () => readonly GpuLoad[], readTimes = cpuTimes): () => Load {
  let before = readTimes()
  return () => {
    const now = readTimes()
    const total = now.total - before.total
    const cpu = total <= 0 ? 0 : 1 - (now.idle - before.idle) / total
    before = now
    return { cpu: Math.min(1, Math.max(0, cpu)), mem_used: totalmem() - freemem(), gpus: [...readGpus()] }
  }
}

interface CpuTimes {
  readonly idle: number
  readonly total: number
}

function cpuTimes(): CpuTimes {
  let [idle, total] = [0, 0]
  for (const { times } of cpus()) {
    idle += times.idle
    total += times.user + times.nice + times.sys + times.idle + times.irq
  }
  return { idle, total }
}
