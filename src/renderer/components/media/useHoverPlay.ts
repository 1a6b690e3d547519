import { useReducedMotion } from '@mantine/hooks'
import { useState } from 'react'
import type { PointerEvent, RefObject } from 'react'
import type { useMedia } from './useMedia.ts'

type Media = ReturnType<typeof useMedia>

/**
 * A video that stands still moves, without sound, while a pointer is over it, and goes back to its start after. Any
 * command of the person's own (play, seek, sound) ends that and is carried out with sound.
 */
export function useHoverPlay(ref: RefObject<HTMLMediaElement | null>, media: Media, enabled: boolean) {
  const still = useReducedMotion()
  const [showing, setShowing] = useState(false)
  const end = (): void => {
    setShowing(false)
    if (ref.current !== null) ref.current.muted = false
  }
  const onEnter = ({ pointerType }: PointerEvent): void => {
    const video = ref.current
    const atStart = video !== null && video.paused && video.currentTime === 0 && !video.muted
    if (!enabled || still || pointerType !== 'mouse' || !atStart) return
    video.muted = true
    setShowing(true)
    video.play().catch(() => undefined)
  }
  const onLeave = (): void => {
    if (!showing) return
    ref.current?.pause()
    end()
    media.seek(0)
  }
  const takeOver = (): void => {
    end()
    media.seek(0)
  }
  return {
    ...media,
    /** What the person started; motion under the pointer is none of it. */
    playing: media.playing && !showing,
    muted: media.muted && !showing,
    showing,
    onEnter,
    onLeave,
    toggle: showing ? takeOver : media.toggle,
    seek: (ms: number): void => {
      if (showing) end()
      media.seek(ms)
    },
    toggleMuted: showing ? end : media.toggleMuted,
    onKeyDown: (event: Parameters<Media['onKeyDown']>[0]): void => {
      if (showing && event.key === ' ') {
        event.preventDefault()
        takeOver()
      } else media.onKeyDown(event)
    },
  }
}
