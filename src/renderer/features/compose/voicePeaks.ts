import { AppError } from '../../../shared/index.ts'
import type { FileView } from '../../../protocol/studio/index.ts'
import type { StudioClient } from '../../studio/index.ts'

export interface Peaks {
  /** Loudness per slice, 0–1. */
  readonly peaks: readonly number[]
  readonly durationMs: number
}

/** Larger recordings are not decoded in the page: they would fill its memory. */
export const DECODE_LIMIT_BYTES = 20 * 1024 * 1024

/** Telephone quality is enough for a picture of loudness and keeps the decoded samples small. */
const DECODE_RATE_HZ = 8_000

/** Peaks from the studio; where it has no FFmpeg, the page decodes a recording that is not too large by itself. */
export async function loadPeaks(
  client: StudioClient,
  file: FileView,
  count: number,
  signal: AbortSignal,
): Promise<Peaks> {
  try {
    return await client.files.peaks({ handle: file.handle, count }, { signal })
  } catch (thrown) {
    if (signal.aborted || file.sizeBytes > DECODE_LIMIT_BYTES) throw thrown
    return decodePeaks(file.mediaUrl, count, signal)
  }
}

async function decodePeaks(url: string, count: number, signal: AbortSignal): Promise<Peaks> {
  const answer = await fetch(url, { signal })
  if (!answer.ok) throw new AppError('FILE_UNREADABLE', { message: `The media address answered ${answer.status}.` })
  const decoder = new OfflineAudioContext(1, 1, DECODE_RATE_HZ)
  const sound = await decoder.decodeAudioData(await answer.arrayBuffer())
  const channels = Array.from({ length: sound.numberOfChannels }, (_, at) => sound.getChannelData(at))
  return { peaks: peaksOf(channels, count), durationMs: sound.duration * 1_000 }
}

/** The loudest sample of every slice, over all channels. */
export function peaksOf(channels: readonly Float32Array[], count: number): number[] {
  const length = channels[0]?.length ?? 0
  return Array.from({ length: count }, (_, slice) => {
    const from = Math.floor((slice * length) / count)
    const to = Math.floor(((slice + 1) * length) / count)
    let loudest = 0
    for (const channel of channels) {
      for (let at = from; at < to; at += 1) loudest = Math.max(loudest, Math.abs(channel[at] ?? 0))
    }
    return Math.min(1, loudest)
  })
}
