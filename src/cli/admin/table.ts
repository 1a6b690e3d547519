/** Characters that take two columns of a terminal: Chinese, full-width forms, most emoji. */
const WIDE = /[\p{Script=Han}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]/u
const GAP = '  '

/**
 * Aligned columns under their headings. Names come from other machines: what would move the cursor or colour the
 * terminal is taken out. With `columns` the last one is cut to fit.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): string {
  const lines = [headings, ...rows].map((row) => row.map(printable))
  const widths = headings.map((_, at) => Math.max(...lines.map((line) => displayWidth(line[at] ?? ''))))
  return lines.map((line) => fit(joinRow(line, widths), columns)).join('\n')
}

/** Without control characters and marks that reverse how a line reads; one line. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
}

export function displayWidth(text: string): number {
  return Array.from(text).reduce((width, character) => width + (WIDE.test(character) ? 2 : 1), 0)
}

function joinRow(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(cell))))
  return padded.join(GAP).trimEnd()
}

function fit(line: string, columns: number | undefined): string {
  if (columns === undefined || displayWidth(line) <= columns) return line
  let shown = ''
  let width = 0
  for (const character of line) {
    width += displayWidth(character)
    if (width >= columns) break
    shown += character
  }
  return `${shown}…`
}
