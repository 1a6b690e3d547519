import type { RunStage, TaskOptions } from '../../protocol/task/index.ts'
import type { AppError } from '../../shared/index.ts'

/** Stages an engine can be in; the others (`inputs`, `upload`) are the runner's own. */
export type EngineStage = Extract<RunStage, 'prepare' | 'synthesize' | 'encode'>

/** What an engine tells while it runs. Numbers are measured, never invented; null where there is none. */
export interface EngineProgress {
  readonly stage: EngineStage
  /** 0–100 of the whole run, never going back. */
  readonly percent: number | null
  readonly frame: number | null
  readonly totalFrames: number | null
}

export interface EngineRun {
  /** Verified files of the cache: read only, they stay where they are. */
  readonly avatarPath: string
  readonly voicePath: string
  readonly options: TaskOptions
  /** Empty folder for this run alone. Everything the engine writes lies in it; the runner removes it. */
  readonly workDir: string
  /** Aborting ends the run at once, with every process it started; `run` then rejects with the signal's reason. */
  readonly signal: AbortSignal
  readonly report: (progress: EngineProgress) => void
}

export interface EngineReadiness {
  readonly ready: boolean
  readonly version: string
  /** Why it cannot run and what would put that right; only when not ready. */
  readonly reason?: string
  /** The same as an error of the catalogue, whose sentence people are told in their own language. */
  readonly error?: AppError
}

/** What makes a video from an avatar and a voice. One adapter per kind of engine; see README.md. */
export interface Engine {
  readonly name: string
  /** Options of a task it can do: `loop`, `super_resolution`, `ai_badge`. */
  readonly features: readonly string[]
  /** False when the mouth does not follow the voice; every view then says so. */
  readonly lipSync: boolean
  /** Whether it could run now. Cheap enough to be asked again every minute; never throws. */
  probe(): Promise<EngineReadiness>
  /** Throws MEDIA_* and CODEC_UNSUPPORTED for inputs, ENGINE_*, FFMPEG_*, DISK_FULL, or the signal's reason. */
  run(run: EngineRun): Promise<{ readonly outputPath: string }>
}
