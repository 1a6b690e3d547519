import { delimiter, join } from 'node:path'
import type { HeartbeatFrame } from '../../protocol/dsp/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { isExecutable, runChild } from '../../shared/node/index.ts'

export type GpuLoad = NonNullable<HeartbeatFrame['load']>['gpus'][number]

export interface GpuMeterDeps {
  /** Absolute path of `nvidia-smi`; not given = looked for on PATH. */
  readonly command?: string | undefined
  readonly clock: Clock
  readonly log: Logger
}

export interface GpuMeter {
  /** What the cards told last; empty where there are none. Asks again in the background when that is old. */
  read(): readonly GpuLoad[]
  /** Resolves when nothing is being asked any more. */
  idle(): Promise<void>
  stop(): void
}

const QUERY = [
  '--query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu',
  '--format=csv,noheader,nounits',
]
const FRESH_MS = 10_000
/** Somebody may install a driver; nobody does so often. */
const MISSING_FRESH_MS = 10 * 60_000
/** A driver in trouble hangs: then the cards are unknown, and the heartbeat goes on without them. */
const TIME_LIMIT_MS = 5_000
const MIB = 1024 ** 2
const MAX_GPUS = 32
const EXECUTABLE = process.platform === 'win32' ? 'nvidia-smi.exe' : 'nvidia-smi'

/** Use, memory and temperature of NVIDIA cards, from the driver's own tool. */
export function createGpuMeter({ command, clock, log }: GpuMeterDeps): GpuMeter {
  const stopping = new AbortController()
  let gpus: readonly GpuLoad[] = []
  let asking: Promise<void> | undefined
  let askAtMono = Number.NEGATIVE_INFINITY

  const ask = async (): Promise<void> => {
    const path = command ?? findOnPath()
    if (path === undefined) {
      gpus = []
      askAtMono = clock.monotonic() + MISSING_FRESH_MS
      return
    }
    gpus = await queryGpus(path, stopping.signal, log)
    askAtMono = clock.monotonic() + FRESH_MS
  }

  return {
    read() {
      if (asking === undefined && clock.monotonic() >= askAtMono && !stopping.signal.aborted) {
        asking = ask().finally(() => {
          asking = undefined
        })
      }
      return gpus
    },
    idle: () => asking ?? Promise.resolve(),
    stop() {
      stopping.abort()
    },
  }
}

async function queryGpus(path: string, signal: AbortSignal, log: Logger): Promise<readonly GpuLoad[]> {
  const lines: string[] = []
  try {
    const { code, isTimedOut } = await runChild({
      ...{ command: path, args: QUERY, signal, timeoutMs: TIME_LIMIT_MS, killGraceMs: 0 },
      onStdoutLine: (line) => {
        if (lines.length < MAX_GPUS) lines.push(line)
      },
    })
    if (code === 0 && !isTimedOut) return lines.flatMap((line) => parseGpu(line) ?? [])
    log.warn('the GPUs could not be asked', { code, isTimedOut })
  } catch (error) {
    if (!signal.aborted) log.warn('the GPUs could not be asked', { error })
  }
  return []
}

/** One line of the tool: `name, percent, MiB used, MiB in all, °C`. Undefined when it is none. */
export function parseGpu(line: string): GpuLoad | undefined {
  const [name = '', util, used, total, temp] = line.split(',').map((field) => field.trim())
  const [usedMib, totalMib] = [numberOf(used), numberOf(total)]
  if (name === '' || usedMib === null || totalMib === null) return undefined
  const percent = numberOf(util)
  return {
    name: name.slice(0, 200),
    util: percent === null ? null : Math.min(1, Math.max(0, percent / 100)),
    mem_used: usedMib * MIB,
    mem_total: totalMib * MIB,
    temp: numberOf(temp),
  }
}

/** A card that does not tell says `[N/A]` or `[Not Supported]`. */
function numberOf(field: string | undefined): number | null {
  return field !== undefined && /^-?\d+(?:\.\d+)?$/.test(field) ? Number(field) : null
}

function findOnPath(): string | undefined {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '')
  return dirs.map((dir) => join(dir, EXECUTABLE)).find(isExecutable)
}
