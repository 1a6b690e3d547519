const GAP = 12
const SIDE = 24
const MIN_CARD = 208
/** Text under the picture. */
const CAPTION = 58

/** How many cards stand side by side in a width, and how high a line of them is. Pixels. */
export function gridShape(width: number): { readonly columns: number; readonly lineHeight: number } {
  const inner = Math.max(MIN_CARD, width - 2 * SIDE)
  const columns = Math.max(1, Math.floor((inner + GAP) / (MIN_CARD + GAP)))
  const card = (inner - GAP * (columns - 1)) / columns
  return { columns, lineHeight: Math.round((card * 9) / 16) + CAPTION + GAP }
}
