import type { EngineInfo } from '../../protocol/dsp/index.ts'
import type { AppError, Clock, Timer } from '../../shared/index.ts'
import type { Engine, EngineReadiness } from './port.ts'

const PROBE_EVERY_MS = 60_000
/** Somebody is likely to be installing what is missing. */
const PROBE_NOT_READY_EVERY_MS = 10_000

/** Knows whether an engine can run now, and looks again by itself. */
export interface ReadinessWatch {
  readonly info: EngineInfo
  /** The first look; resolves when it is known. */
  start(): Promise<void>
  stop(): void
}

export function watchReadiness(engine: Engine, clock: Clock, onChange: (info: EngineInfo) => void): ReadinessWatch {
  let info: EngineInfo = toInfo(engine, { ready: false, version: '', reason: 'not looked at yet' })
  let timer: Timer | undefined
  let isStopped = false
  const look = async (): Promise<void> => {
    const before = info
    info = toInfo(engine, await probe(engine))
    if (isStopped) return
    timer = clock.setTimer(() => void look(), info.ready ? PROBE_EVERY_MS : PROBE_NOT_READY_EVERY_MS)
    if (JSON.stringify(before) !== JSON.stringify(info)) onChange(info)
  }
  return {
    get info() {
      return info
    },
    start: look,
    stop() {
      isStopped = true
      timer?.cancel()
    },
  }
}

/** An engine that cannot even be asked (no file handles left, a program that is gone) is one that cannot run now. */
async function probe(engine: Engine): Promise<EngineReadiness> {
  try {
    return await engine.probe()
  } catch (error) {
    return { ready: false, version: '', reason: error instanceof Error ? error.message : String(error) }
  }
}

function toInfo(engine: Engine, found: EngineReadiness): EngineInfo {
  return {
    name: engine.name,
    version: found.version.slice(0, 128),
    ready: found.ready,
    features: [...engine.features],
    lip_sync: engine.lipSync,
    ...(found.reason === undefined ? {} : { reason: found.reason.slice(0, 1000) }),
    ...(found.error === undefined ? {} : codeOf(found.error)),
  }
}

function codeOf({ code, data }: AppError): Pick<EngineInfo, 'reason_code' | 'reason_data'> {
  return { reason_code: code, ...(data === undefined ? {} : { reason_data: data }) }
}
