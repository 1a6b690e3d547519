import { AppError } from '../../shared/index.ts'
import type { Engine } from './port.ts'
import { createPreviewEngine } from './preview/previewEngine.ts'

export interface EngineSettings {
  /** FFmpeg the person chose; null = look for it. */
  readonly ffmpegPath: string | null
}

/** Every engine by its name: the one place to register a new one. */
const ENGINES = {
  preview: (settings: EngineSettings): Engine => createPreviewEngine(settings),
} as const

export function createEngine(name: string, settings: EngineSettings): Engine {
  if (isEngineName(name)) return ENGINES[name](settings)
  throw new AppError('ENGINE_UNKNOWN', {
    message: `there is no engine “${name}”; known: ${Object.keys(ENGINES).join(', ')}`,
    data: { engine: name, known: Object.keys(ENGINES).join(', ') },
  })
}

function isEngineName(name: string): name is keyof typeof ENGINES {
  return Object.hasOwn(ENGINES, name)
}
