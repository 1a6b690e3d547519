import { ActionIcon, useComputedColorScheme } from '@mantine/core'
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileView } from '../../../protocol/studio/index.ts'
import { SeekBar } from '../../components/media/SeekBar.tsx'
import { useMedia } from '../../components/media/useMedia.ts'
import { useFormat } from '../../hooks/useLanguage.ts'
import { useStudio } from '../../studio/index.ts'
import { loadPeaks } from './voicePeaks.ts'
import { drawWaveform } from './waveform.ts'

const PEAKS = 800

/** Plays the voice; the waveform seeks. Where nobody can tell the peaks, a plain bar does. */
export function VoiceTrack({ file }: { readonly file: FileView }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { client, queries } = useStudio()
  const audio = useRef<HTMLAudioElement>(null)
  const lane = useRef<HTMLDivElement>(null)
  const media = useMedia(audio, file.probe?.durationMs)
  const scheme = useComputedColorScheme()
  const peaks = useQuery({
    queryKey: queries.files.peaks.queryKey({ input: { handle: file.handle, count: PEAKS } }),
    queryFn: ({ signal }) => loadPeaks(client, file, PEAKS, signal),
  })
  const drawn = peaks.data
  useEffect(() => {
    if (drawn === undefined || audio.current === null || lane.current === null) return
    return drawWaveform(lane.current, audio.current, drawn)
  }, [drawn, scheme])
  const { durationMs } = media
  return (
    <div className="voice-track">
      <audio ref={audio} src={file.mediaUrl} preload="metadata" {...media.listeners} />
      <ActionIcon
        size={36}
        radius="xl"
        variant="default"
        disabled={media.failed}
        aria-label={media.playing ? t('player.pause') : t('player.play')}
        onClick={media.toggle}
      >
        {media.playing ? <IconPlayerPauseFilled size={16} /> : <IconPlayerPlayFilled size={16} />}
      </ActionIcon>
      {peaks.isError ? (
        <SeekBar positionMs={media.positionMs} durationMs={durationMs} onSeek={media.seek} />
      ) : (
        <div className="waveform" data-ready={drawn !== undefined} title={t('compose.waveform', { name: file.name })}>
          <div className="waveform-canvas" ref={lane} aria-hidden />
          <div className="waveform-keys">
            <SeekBar positionMs={media.positionMs} durationMs={durationMs} onSeek={media.seek} />
          </div>
        </div>
      )}
      <span className="voice-time tabular">
        {format.clock(media.positionMs)} / {format.clock(durationMs)}
      </span>
    </div>
  )
}
