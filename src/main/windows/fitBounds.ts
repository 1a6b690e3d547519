import type { Rectangle } from 'electron'

const MIN_WIDTH = 900
const MIN_HEIGHT = 600
/** Enough of the window to take hold of it. */
const MIN_VISIBLE = 100

/** Remembered bounds, made to fit a display that is there now; undefined when no display shows them any more. */
export function fitBounds(saved: Rectangle, workAreas: readonly Rectangle[]): Rectangle | undefined {
  const area = workAreas.find((candidate) => isVisibleOn(saved, candidate))
  if (area === undefined) return undefined
  const width = clamp(saved.width, MIN_WIDTH, area.width)
  const height = clamp(saved.height, MIN_HEIGHT, area.height)
  return {
    x: clamp(saved.x, area.x, area.x + area.width - width),
    y: clamp(saved.y, area.y, area.y + area.height - height),
    width,
    height,
  }
}

function isVisibleOn(bounds: Rectangle, area: Rectangle): boolean {
  const overlapX = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x)
  const overlapY = Math.min(bounds.y + bounds.height, area.y + area.height) - Math.max(bounds.y, area.y)
  return overlapX >= MIN_VISIBLE && overlapY >= MIN_VISIBLE
}

/** The lower limit yields to the upper one: a small display is filled, not left. */
function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), Math.max(max, 0))
}
