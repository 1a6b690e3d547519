import { ActionIcon } from '@mantine/core'
import {
  IconMaximize,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconVideoOff,
  IconVolume,
  IconVolumeOff,
} from '@tabler/icons-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReactNode } from 'react'
import { useFormat } from '../../hooks/useLanguage.ts'
import { SeekBar } from './SeekBar.tsx'
import { useHoverPlay } from './useHoverPlay.ts'
import { useMedia } from './useMedia.ts'

interface VideoPlayerProps {
  readonly src: string
  readonly label: string
  readonly poster?: string
  /** What is known of its length before the file itself tells. */
  readonly durationMs?: number
  readonly autoPlay?: boolean
  readonly loop?: boolean
  /** A pointer over it shows it in motion, without sound; a click plays with sound. */
  readonly hoverPlay?: boolean
  /** Lies on the picture, top left. */
  readonly tag?: ReactNode
}

/** A picture with its own calm controls: click or Space plays, arrows seek. */
export function VideoPlayer({
  src,
  label,
  poster,
  durationMs = 0,
  autoPlay = false,
  loop = false,
  hoverPlay = false,
  tag,
}: VideoPlayerProps) {
  const frame = useRef<HTMLDivElement>(null)
  const video = useRef<HTMLVideoElement>(null)
  const media = useHoverPlay(video, useMedia(video, durationMs), hoverPlay)
  const { t } = useTranslation()
  return (
    <div
      className="player"
      ref={frame}
      data-playing={media.playing}
      onPointerEnter={media.onEnter}
      onPointerLeave={media.onLeave}
    >
      <video
        ref={video}
        src={src}
        aria-label={label}
        tabIndex={0}
        data-autofocus
        playsInline
        preload="metadata"
        autoPlay={autoPlay}
        loop={loop}
        {...(poster === undefined ? {} : { poster })}
        onClick={media.toggle}
        onKeyDown={media.onKeyDown}
        {...media.listeners}
      />
      {media.failed && (
        <div className="player-failed">
          <IconVideoOff size={24} aria-hidden />
          <div>{t('player.failed')}</div>
          <div className="player-failed-hint">{t('player.failedHint')}</div>
        </div>
      )}
      {tag !== undefined && <div className="player-tag">{tag}</div>}
      {!media.failed && !media.playing && !media.showing && media.positionMs === 0 && (
        <button type="button" className="player-start" aria-label={t('player.play')} onClick={media.toggle}>
          <IconPlayerPlayFilled size={22} aria-hidden />
        </button>
      )}
      {!media.failed && <Controls media={media} onFullscreen={() => void frame.current?.requestFullscreen()} />}
    </div>
  )
}

interface ControlsProps {
  readonly media: ReturnType<typeof useHoverPlay>
  readonly onFullscreen: () => void
}

function Controls({ media, onFullscreen }: ControlsProps) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <div className="player-controls">
      <ActionIcon
        variant="transparent"
        className="player-button"
        aria-label={media.playing ? t('player.pause') : t('player.play')}
        onClick={media.toggle}
      >
        {media.playing ? <IconPlayerPauseFilled size={16} /> : <IconPlayerPlayFilled size={16} />}
      </ActionIcon>
      <SeekBar positionMs={media.positionMs} durationMs={media.durationMs} onSeek={media.seek} />
      <span className="player-time tabular">
        {format.clock(media.positionMs)} / {format.clock(media.durationMs)}
      </span>
      <ActionIcon
        variant="transparent"
        className="player-button"
        aria-label={media.muted ? t('player.unmute') : t('player.mute')}
        onClick={media.toggleMuted}
      >
        {media.muted ? <IconVolumeOff size={16} /> : <IconVolume size={16} />}
      </ActionIcon>
      <ActionIcon
        variant="transparent"
        className="player-button"
        aria-label={t('player.fullscreen')}
        onClick={onFullscreen}
      >
        <IconMaximize size={16} />
      </ActionIcon>
    </div>
  )
}
