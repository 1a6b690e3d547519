import { AppError } from '../shared/index.ts'
import type { Clock } from '../shared/index.ts'
import type { Database, Logger } from '../shared/node/index.ts'
import type { Crew, PreflightDeps } from './compose/index.ts'
import type { GatewayConnection } from './connection/index.ts'
import type { Ledger, RecordStore } from './history/index.ts'
import type { FfmpegFinder, MediaLibrary } from './media/index.ts'
import type { Platform } from './platform.ts'
import type { SettingsStore } from './settings/index.ts'
import type { HashCache } from './transfer/index.ts'

/** What a studio is told when it is made. */
export interface StudioConfig {
  readonly dataDir: string
  readonly outputDir: string
  /** Holds `samples/`. */
  readonly resourcesDir: string
  readonly version: string
  /** Language of the gateway's sentences and of the sample voice, such as `zh-CN`. */
  readonly locale: string
  readonly platform: Platform
  readonly log: Logger
  readonly clock?: Clock
  /** FFmpeg that was chosen or ships with the app; otherwise it is looked for on PATH. */
  readonly ffmpegPath?: string
}

/** The assembled parts, as the procedures see them. */
export interface StudioParts {
  readonly config: StudioConfig
  readonly clock: Clock
  readonly db: Database
  readonly settings: SettingsStore
  readonly store: RecordStore
  readonly ledger: Ledger
  readonly media: MediaLibrary
  readonly ffmpeg: FfmpegFinder
  readonly hashCache: HashCache
  readonly connection: GatewayConnection
  readonly crew: Crew
  readonly preflightDeps: PreflightDeps
}

/** Throws NOT_AVAILABLE_HERE for what this door cannot do. */
export function assertAvailable(isAvailable: boolean): void {
  if (!isAvailable) throw new AppError('NOT_AVAILABLE_HERE', { message: 'this door cannot do that' })
}
