import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileView } from '../../protocol/studio/index.ts'
import { AppError } from '../../shared/index.ts'
import type { Clock, MediaProbe } from '../../shared/index.ts'
import { isSameFile, probeMedia, statRegularFile } from '../../shared/node/index.ts'
import type { RegularFile } from '../../shared/node/index.ts'
import type { MediaAddresses } from '../history/index.ts'
import { aboutFile } from '../personFile.ts'
import type { HashCache } from '../transfer/index.ts'
import type { FfmpegFinder } from './ffmpegTools.ts'
import { FileHandles, mediaAddress } from './fileHandles.ts'
import type { OpenFile } from './fileHandles.ts'
import { sweepMediaCache } from './cacheSweep.ts'
import { computePeaks, readStoredPeaks, resamplePeaks } from './peaks.ts'
import { makePoster, posterPath } from './posters.ts'

export interface ProbedFile {
  readonly stamp: RegularFile
  readonly probe: MediaProbe
}

interface LibraryDeps {
  readonly cacheDir: string
  readonly ffmpeg: FfmpegFinder
  readonly hashCache: HashCache
  readonly clock: Clock
}

/** A file of ours with the digest that names what is made of it. */
interface MediaContent {
  readonly path: string
  readonly sha256: string
  readonly durationMs: number
}

const MAX_REMEMBERED_PROBES = 500
/** FFmpeg's work folders, decoded sound, and files that were being written. */
const LEFTOVER = /^\.dhs-work-|\.pcm$|^\..*\.tmp$/

/** Files as the screen needs them: what they are, how they sound, how they look. Work is kept by content. */
export class MediaLibrary implements MediaAddresses {
  readonly handles: FileHandles
  readonly #deps: LibraryDeps
  readonly #probes = new Map<string, ProbedFile>()
  readonly #stop = new AbortController()
  readonly #jobs = new Set<Promise<unknown>>()

  constructor(deps: LibraryDeps) {
    this.#deps = deps
    this.handles = new FileHandles(deps.clock)
  }

  /** Removes what a killed process left half made. Before anything else uses the folder. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#deps.cacheDir).catch(() => [])) {
      if (LEFTOVER.test(name)) await rm(join(this.#deps.cacheDir, name), { recursive: true, force: true })
    }
  }

  /** Removes what nobody needs any more of what was made of files; `listVideos` are digests with a record. */
  async sweepUnused(listVideos: () => ReadonlySet<string>): Promise<number> {
    return sweepMediaCache({ cacheDir: this.#deps.cacheDir, nowMs: this.#deps.clock.now(), listVideos })
  }

  /** Ends the jobs that run, and resolves when nothing of them is left. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'))
    await Promise.allSettled(this.#jobs)
  }

  addressOf(path: string): string {
    return this.handles.addressOf(path)
  }

  posterAddressOf(sha256: string): string | null {
    const path = posterPath(this.#deps.cacheDir, sha256)
    return existsSync(path) ? this.addressOf(path) : null
  }

  /** What the file is now. Throws FILE_*, MEDIA_*, with the person's own file name. */
  async probe(file: Pick<OpenFile, 'path' | 'name'>): Promise<ProbedFile> {
    try {
      const stamp = await statRegularFile(file.path)
      if (stamp.sizeBytes === 0) throw new AppError('MEDIA_EMPTY', { data: { file: file.name } })
      const known = this.#probes.get(file.path)
      if (known !== undefined && isSameFile(known.stamp, stamp)) return known
      const tools = await this.#deps.ffmpeg.find()
      const probe = await probeMedia(file.path, {
        signal: this.#stop.signal,
        ...(tools === undefined ? {} : { tools }),
      })
      const probed = { stamp, probe }
      if (this.#probes.size >= MAX_REMEMBERED_PROBES) this.#probes.clear()
      this.#probes.set(file.path, probed)
      return probed
    } catch (error) {
      throw aboutFile(error, file.name)
    }
  }

  /** A file that cannot be used is described too: with the reason instead of its tracks. */
  async describe(file: OpenFile): Promise<FileView> {
    const shown = { handle: file.handle, name: file.name, mediaUrl: mediaAddress(file.handle) }
    try {
      const { probe, stamp } = await this.probe(file)
      return { ...shown, sizeBytes: stamp.sizeBytes, probe, error: null }
    } catch (error) {
      return { ...shown, sizeBytes: await sizeOf(file.path), probe: null, error: AppError.from(error).toJSON() }
    }
  }

  /** `count` peaks of the sound. Throws NO_AUDIO, FFMPEG_MISSING, MEDIA_*. */
  async peaks(file: OpenFile, count: number): Promise<{ peaks: number[]; durationMs: number }> {
    const { probe } = await this.probe(file)
    if (probe.audio === undefined) throw new AppError('NO_AUDIO', { data: { file: file.name } })
    const { durationMs } = probe
    const { hashCache } = this.#deps
    try {
      const { sha256 } = await hashCache.digest(file.path, { signal: this.#stop.signal })
      const stored = await this.#storedPeaks(sha256)
      const peaks = stored ?? (await this.#computePeaks({ path: file.path, sha256, durationMs }))
      return { peaks: resamplePeaks(peaks, count), durationMs }
    } catch (error) {
      throw aboutFile(error, file.name)
    }
  }

  /** True when the sound is known to be silence; looks only at what was computed before. */
  async isKnownSilent(path: string): Promise<boolean> {
    const digests = await this.#deps.hashCache.known(path)
    const peaks = digests === undefined ? undefined : await this.#storedPeaks(digests.sha256)
    return peaks !== undefined && peaks.every((peak) => peak < SILENT_BELOW)
  }

  async makePoster(video: MediaContent): Promise<void> {
    const tools = await this.#deps.ffmpeg.need()
    await this.#job(makePoster({ tools, ...this.#jobPlace(), ...video }))
  }

  #storedPeaks(sha256: string): Promise<number[] | undefined> {
    return readStoredPeaks(this.#deps.cacheDir, sha256, new Date(this.#deps.clock.now()))
  }

  async #computePeaks(sound: MediaContent): Promise<number[]> {
    const tools = await this.#deps.ffmpeg.need()
    return this.#job(computePeaks({ tools, ...this.#jobPlace(), ...sound }))
  }

  #jobPlace(): { readonly cacheDir: string; readonly signal: AbortSignal } {
    this.#stop.signal.throwIfAborted()
    return { cacheDir: this.#deps.cacheDir, signal: this.#stop.signal }
  }

  async #job<T>(work: Promise<T>): Promise<T> {
    this.#jobs.add(work)
    try {
      return await work
    } finally {
      this.#jobs.delete(work)
    }
  }
}

/** −46 dB: below it nothing can be understood. */
const SILENT_BELOW = 0.005

/** Cache folder of a studio's data folder. */
export function mediaCacheDir(dataDir: string): string {
  return join(dataDir, 'media')
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await statRegularFile(path)).sizeBytes
  } catch {
    return 0
  }
}
