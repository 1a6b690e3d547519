import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { EmbeddedPipeline } from '../../host/index.ts'
import type { Language } from '../../protocol/errors/index.ts'
import { AppError } from '../../shared/index.ts'
import { createLogger, ensureDir } from '../../shared/node/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import { createStudio } from '../../studio/index.ts'
import type { Studio } from '../../studio/index.ts'
import { PLACES } from '../places.ts'
import { VERSION } from '../version.ts'
import { startEmbedded } from './embedded.ts'
import { createCliPlatform } from './platform.ts'

export interface SessionOptions {
  /** Kept afterwards; null = a private folder that is removed at the end. */
  readonly dataDir: string | null
  readonly outPath: string
  readonly remote: { readonly url: string; readonly licenseKey: string } | null
  readonly uploadLimitBytesPerSecond: number | null
  readonly language: Language
}

/** A studio for the length of one command, connected to its gateway. */
export interface Session {
  readonly studio: Studio
  /** Aborts with the reason when the gateway or the worker of this command stays down. */
  readonly broken: AbortSignal
  close(): Promise<void>
}

export async function openSession(options: SessionOptions): Promise<Session> {
  const dataDir = options.dataDir === null ? await mkdtemp(join(tmpdir(), 'dhs-compose-')) : resolve(options.dataDir)
  const broken = new AbortController()
  const opened: { studio?: Studio; pipeline?: EmbeddedPipeline; log?: Logger } = {}
  const close = async (): Promise<void> => {
    await opened.studio?.stop()
    await opened.pipeline?.stop()
    opened.log?.close()
    if (options.dataDir === null) await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await ensureDir(dataDir, 0o700)
    const log = createLogger({ name: 'compose', destination: join(dataDir, 'compose.log') })
    opened.log = log
    const studio = await createStudio({
      dataDir: join(dataDir, 'studio'),
      outputDir: dirname(options.outPath),
      resourcesDir: PLACES.resources,
      version: VERSION,
      locale: options.language,
      platform: createCliPlatform(),
      log,
    })
    opened.studio = studio
    studio.api.setSettings({ uploadLimitBytesPerSecond: options.uploadLimitBytesPerSecond })
    if (options.remote === null) {
      const { pipeline, url, token } = await startEmbedded(dataDir, log)
      opened.pipeline = pipeline
      pipeline.onBroken((error) => {
        broken.abort(error)
      })
      pipeline.onMoved((moved) => {
        studio.setEmbeddedGateway(moved)
      })
      studio.setEmbeddedGateway({ url, token })
      await studio.api.useConnection({ kind: 'embedded' })
    } else await connectRemote(studio, options.remote)
    await studio.start()
    return { studio, broken: broken.signal, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A gateway that cannot be reached at the start is an answer; one that goes away later is waited for. */
async function connectRemote(
  studio: Studio,
  remote: { readonly url: string; readonly licenseKey: string },
): Promise<void> {
  const connection = await studio.api.useConnection({ kind: 'remote', ...remote })
  if (connection.error !== null) throw AppError.fromJSON(connection.error)
}
