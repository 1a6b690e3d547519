import type { TFunction } from 'i18next'
import type { FileView } from '../../../protocol/studio/index.ts'
import type { Format } from '../../i18n/index.ts'

/** `0:08 · 1280×720 · 25 fps · 634 kB`: only what the probe told. */
export function describeMedia({ probe, sizeBytes }: FileView, t: TFunction, format: Format): string[] {
  const parts: string[] = []
  if (probe !== null) {
    parts.push(format.length(probe.durationMs))
    if (probe.video !== undefined) {
      parts.push(t('media.video', { width: probe.video.width, height: probe.video.height }))
      if (probe.video.fps > 0)
        parts.push(t('media.fps', { fps: format.number(Math.round(probe.video.fps * 100) / 100) }))
    } else if (probe.audio !== undefined) {
      parts.push(`${format.number(probe.audio.sampleRate / 1000)} kHz`)
      const { channels } = probe.audio
      parts.push(channels === 2 ? t('media.stereo') : t('media.channels', { count: channels }))
    }
  }
  parts.push(format.bytes(sizeBytes))
  return parts
}
