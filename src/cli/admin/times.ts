import type { Language } from '../../protocol/errors/index.ts'

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** `3 min. ago`, `in 2 hr.`, `3分钟前`; a dash where there is no time. */
export function relative(unixSeconds: number | null, nowMs: number, language: Language): string {
  if (unixSeconds === null) return '–'
  const exact = Math.round(unixSeconds - nowMs / 1000)
  // A day that has lost its first seconds is still a day: what lies ahead is told to the nearest minute.
  const seconds = exact > 60 ? Math.round(exact / 60) * 60 : exact
  const [unit, size] = unitOf(seconds)
  const format = new Intl.RelativeTimeFormat(language, { style: 'short', numeric: 'always' })
  // Now counts as past: nothing is told of that begins this very second.
  return format.format(Math.trunc(seconds / size) || -0, unit)
}

/** `3 min`, `3分钟`: the largest unit alone. */
export function duration(seconds: number | null, language: Language): string {
  if (seconds === null) return '–'
  const [unit, size] = unitOf(seconds)
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(
    Math.trunc(seconds / size),
  )
}

function unitOf(seconds: number): (typeof UNITS)[number] {
  return UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
}
