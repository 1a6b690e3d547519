// The presenter's idle motion as a pure function of time. Every wave's period divides the loop, so the frame after the
// last one is the first one again: no seam to hide.

export const loopSeconds = 8

const turnOf = (seconds, cycles, phase = 0) => Math.sin(2 * Math.PI * ((cycles * seconds) / loopSeconds + phase))

/** Moments (s) at which the eyes begin to close; uneven on purpose, none across the seam. */
const blinkStarts = [1.32, 4.16, 4.56, 6.72]
const closing = 0.09
const closed = 0.04
const opening = 0.17

const smooth = (x) => x * x * (3 - 2 * x)

function lidOpenness(seconds) {
  for (const start of blinkStarts) {
    const t = seconds - start
    if (t < 0 || t > closing + closed + opening) continue
    if (t < closing) return 1 - smooth(t / closing)
    if (t < closing + closed) return 0
    return smooth((t - closing - closed) / opening)
  }
  return 1
}

/** Where the body, head and features are `seconds` into the loop (pixels of a 1280 × 720 frame, degrees, 0..1). */
export function poseAt(seconds) {
  return {
    bodyX: 4.5 * turnOf(seconds, 1),
    breath: 2.2 * turnOf(seconds, 2, 0.1),
    shoulderTilt: 0.45 * turnOf(seconds, 1, 0.2),
    headX: 5.5 * turnOf(seconds, 1, 0.06) + 1.5 * turnOf(seconds, 3, 0.3),
    headTilt: 1.5 * turnOf(seconds, 1, 0.15) + 0.5 * turnOf(seconds, 2, 0.4),
    turn: 0.75 * turnOf(seconds, 1, 0.1) + 0.35 * turnOf(seconds, 2, 0.55),
    nod: 0.6 * turnOf(seconds, 2, 0.3) + 0.3 * turnOf(seconds, 3, 0.1),
    lids: lidOpenness(seconds),
    brow: 0.5 + 0.5 * turnOf(seconds, 2, 0.7),
    smile: 0.62 + 0.2 * turnOf(seconds, 1, 0.6),
    parting: 0.16 + 0.12 * turnOf(seconds, 2, 0.25) + 0.05 * turnOf(seconds, 5, 0.5),
  }
}
