import WaveSurfer from 'wavesurfer.js'
import { cspNonce } from '../../hooks/cspNonce.ts'
import type { Peaks } from './voicePeaks.ts'

/** Draws the peaks into `lane` and ties them to `audio`. Returns the way to take them away again. */
export function drawWaveform(lane: HTMLElement, audio: HTMLAudioElement, { peaks, durationMs }: Peaks): () => void {
  const style = getComputedStyle(lane)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const nonce = cspNonce()
  const loudest = Math.max(0.05, ...peaks)
  const surfer = WaveSurfer.create({
    container: lane,
    media: audio,
    // Quiet recordings fill the lane too: it is for finding words, not for measuring.
    peaks: [peaks.map((peak) => peak / loudest)],
    duration: durationMs / 1000,
    height: 'auto',
    waveColor: colour('--dhs-text-faint'),
    progressColor: colour('--dhs-accent'),
    cursorColor: colour('--dhs-text'),
    cursorWidth: 1,
    barWidth: 2,
    barGap: 1.5,
    barRadius: 2,
    barMinHeight: 2,
    dragToSeek: true,
    ...(nonce === '' ? {} : { cspNonce: nonce }),
  })
  return () => surfer.destroy()
}
