import { AppError, isAppError } from '../../index.ts'
import type { MediaProbe } from '../../index.ts'
import type { FfmpegTools } from '../ffmpeg/index.ts'
import { statRegularFile } from '../files/index.ts'
import { isobmffCompleteness, matroskaCompleteness, wavCompleteness } from './completeness.ts'
import type { Completeness } from './completeness.ts'
import { ffprobeMedia } from './ffprobeMedia.ts'
import { openWindow } from './FileWindow.ts'
import type { FileWindow } from './FileWindow.ts'
import { sampleEntryTypes } from './isobmffBoxes.ts'
import { assertAtMost, MEDIA_LIMITS } from './limits.ts'
import type { MediaLimits } from './limits.ts'
import { judge } from './judge.ts'
import type { ParsedMedia } from './parseMedia.ts'
import { id3TagBytes, sniff } from './sniff.ts'
import type { Sniffed } from './sniff.ts'

export interface ProbeOptions {
  /** Used only for files the built-in parser cannot read. */
  readonly tools?: FfmpegTools
  readonly signal?: AbortSignal
  readonly limits?: MediaLimits
}

/**
 * What a media file is, by its content; no other file is ever opened. Throws FILE_*, NOT_A_FILE, MEDIA_INVALID,
 * MEDIA_TRUNCATED, MEDIA_FORMAT_NOT_ALLOWED, MEDIA_LIMIT, MEDIA_TOO_LARGE, CODEC_UNSUPPORTED, or the signal's reason.
 */
export async function probeMedia(path: string, options: ProbeOptions = {}): Promise<MediaProbe> {
  options.signal?.throwIfAborted()
  const limits = options.limits ?? MEDIA_LIMITS
  await statRegularFile(path)
  const file = await openWindow(path, options.signal)
  try {
    const head = await file.read(0, 4096)
    const sniffed = sniff(head)
    assertAcceptable(sniffed, limits)
    assertAtMost(limits, 'maxTagBytes', id3TagBytes(head))
    await assertComplete(sniffed, file)
    await assertNotEncrypted(sniffed, file)
    return judge(await parse(path, file, options), file.sizeBytes, limits)
  } finally {
    await file.close()
  }
}

/** Throws NO_VIDEO unless there is a picture: what an avatar needs. */
export function assertHasVideo(probe: MediaProbe): void {
  if (probe.video === undefined) throw new AppError('NO_VIDEO', { message: 'the file has no video track' })
}

/** Throws NO_AUDIO unless there is sound: what a voice needs. */
export function assertHasAudio(probe: MediaProbe): void {
  if (probe.audio === undefined) throw new AppError('NO_AUDIO', { message: 'the file has no audio track' })
}

/** Our parser first; a child only for what it does not know. */
async function parse(path: string, file: FileWindow, options: ProbeOptions): Promise<ParsedMedia> {
  let parsed: ParsedMedia | undefined
  let failure: unknown
  try {
    // Loaded with the first file: a gateway looks into none, and the parser is a fifth of its idle memory.
    const { parseMedia } = await import('./parseMedia.ts')
    parsed = await parseMedia(file)
  } catch (error) {
    if (isAppError(error)) throw error
    failure = error
  }
  options.signal?.throwIfAborted()
  const isUnderstood = parsed !== undefined && isKnown(parsed.video) && isKnown(parsed.audio)
  if (parsed !== undefined && (isUnderstood || options.tools?.ffprobePath === undefined)) return parsed
  if (options.tools?.ffprobePath !== undefined) return ffprobeMedia(path, options.tools, options.signal)
  throw new AppError('MEDIA_INVALID', { message: 'the file is not a readable video or audio file', cause: failure })
}

function isKnown(track: { readonly codec: string | undefined } | undefined): boolean {
  return track === undefined || track.codec !== undefined
}

function assertAcceptable(sniffed: Sniffed, limits: MediaLimits): void {
  if (sniffed.kind === 'blank') {
    throw new AppError('MEDIA_INVALID', { message: 'the file is empty or blank' })
  }
  if (sniffed.kind === 'media') return
  const [width, height] = sniffed.sidesPixels ?? [0, 0]
  if (width * height > limits.maxPixels) {
    const data = { width, height, maxPixels: limits.maxPixels }
    throw new AppError('MEDIA_TOO_LARGE', { message: `${String(width)}×${String(height)} is too large`, data })
  }
  const data = { found: sniffed.found }
  throw new AppError('MEDIA_FORMAT_NOT_ALLOWED', { message: `the file is a ${sniffed.found}`, data })
}

async function assertComplete(sniffed: Sniffed, file: FileWindow): Promise<void> {
  if (sniffed.kind !== 'media') return
  const completeness = await completenessOf(sniffed.container, file)
  if (completeness === 'truncated') {
    throw new AppError('MEDIA_TRUNCATED', { message: 'the file ends before its content does' })
  }
  if (completeness === 'noIndex') {
    throw new AppError('MEDIA_INVALID', { message: 'the file has no index (moov atom not found)' })
  }
}

async function assertNotEncrypted(sniffed: Sniffed, file: FileWindow): Promise<void> {
  if (sniffed.kind !== 'media' || sniffed.container !== 'isobmff') return
  const encrypted = (await sampleEntryTypes(file)).find((type) => type === 'encv' || type === 'enca')
  if (encrypted === undefined) return
  const data = { codec: encrypted }
  throw new AppError('CODEC_UNSUPPORTED', { message: `the samples are encrypted (${encrypted})`, data })
}

async function completenessOf(
  container: Extract<Sniffed, { kind: 'media' }>['container'],
  file: FileWindow,
): Promise<Completeness> {
  switch (container) {
    case 'isobmff':
      return isobmffCompleteness(file)
    case 'wav':
      return wavCompleteness(file)
    case 'matroska':
      return matroskaCompleteness(file)
    case 'other':
      return 'complete'
  }
}
