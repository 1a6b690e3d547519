import { readFile } from 'node:fs/promises'

export interface MemorySampler {
  /** Largest resident size since the last call, minus the size when sampling began, MB. */
  takeRiseMb(): Promise<number>
  stop(): void
}

const SAMPLE_EVERY_MS = 20

/** Watches how much of a process is in memory. Linux only: it reads /proc. */
export async function sampleMemory(pid: number): Promise<MemorySampler> {
  const before = await residentMb(pid)
  let peak = before
  const look = async (): Promise<void> => {
    peak = Math.max(peak, await residentMb(pid))
  }
  const timer = setInterval(() => {
    // A process that has just ended has no size; whoever started it notices the end.
    look().catch(() => undefined)
  }, SAMPLE_EVERY_MS)
  return {
    async takeRiseMb() {
      await look()
      const rise = peak - before
      peak = 0
      return rise
    },
    stop: () => {
      clearInterval(timer)
    },
  }
}

/** Resident size of a process now, MB. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kib === undefined) throw new Error(`/proc/${pid}/status tells no VmRSS`)
  return (Number(kib) * 1024) / 1e6
}
