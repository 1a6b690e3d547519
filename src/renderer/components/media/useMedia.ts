import { useCallback, useEffect, useState } from 'react'
import type { KeyboardEvent, RefObject } from 'react'

const SEEK_STEP_S = 5

/** Follows a media element, and steers it. */
export function useMedia(ref: RefObject<HTMLMediaElement | null>, probedMs = 0) {
  const [playing, setPlaying] = useState(false)
  const [muted, setMuted] = useState(false)
  const [failed, setFailed] = useState(false)
  const [positionMs, setPosition] = useState(0)
  const [durationMs, setDuration] = useState(probedMs)

  // `timeupdate` comes four times a second: too few for a bar that moves with the picture.
  useEffect(() => {
    if (!playing) return
    let frame = requestAnimationFrame(function follow() {
      setPosition((ref.current?.currentTime ?? 0) * 1000)
      frame = requestAnimationFrame(follow)
    })
    return () => cancelAnimationFrame(frame)
  }, [playing, ref])

  const toggle = useCallback(() => {
    const media = ref.current
    if (media === null) return
    if (media.paused) media.play().catch(() => undefined)
    else media.pause()
  }, [ref])
  const seek = useCallback(
    (ms: number) => {
      if (ref.current !== null) ref.current.currentTime = ms / 1000
      setPosition(ms)
    },
    [ref],
  )
  const toggleMuted = useCallback(() => {
    if (ref.current !== null) ref.current.muted = !ref.current.muted
  }, [ref])
  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      const media = ref.current
      const step = event.key === 'ArrowLeft' ? -SEEK_STEP_S : event.key === 'ArrowRight' ? SEEK_STEP_S : 0
      if (media === null || (event.key !== ' ' && step === 0)) return
      event.preventDefault()
      if (step === 0) toggle()
      else seek(Math.min(media.duration, Math.max(0, media.currentTime + step)) * 1000)
    },
    [ref, toggle, seek],
  )
  const listeners = {
    onPlay: () => setPlaying(true),
    onPause: () => setPlaying(false),
    onEnded: () => setPlaying(false),
    onError: () => setFailed(true),
    onTimeUpdate: () => setPosition((ref.current?.currentTime ?? 0) * 1000),
    onLoadedMetadata: () => {
      const seconds = ref.current?.duration ?? 0
      setDuration(Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : probedMs)
      setFailed(false)
      setPosition(0)
    },
    onVolumeChange: () => setMuted(ref.current?.muted ?? false),
  }
  return { playing, muted, failed, positionMs, durationMs, toggle, seek, toggleMuted, onKeyDown, listeners }
}
