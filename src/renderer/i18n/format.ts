import type { Language } from '../../protocol/errors/index.ts'

/** How numbers, sizes, times and dates are written in one language. */
export interface Format {
  number(value: number): string
  /** `634 kB`, `1.2 MB`: decimal units, as in file managers and on disks. */
  bytes(sizeBytes: number): string
  /** A media length: `0:08`, `12:05`, `1:02:03`; tenths below ten seconds. */
  length(durationMs: number): string
  /** A position in a recording: `0:08`. */
  clock(positionMs: number): string
  /** How long something took, in little room: `0.8s`, `12s`, `3:05`. */
  brief(durationMs: number): string
  percent(fraction: number): string
  /** A waiting or working time in words, as exact as anyone needs: `8 sec`, `1 min 5 sec`, `12 min`, `1 hr 5 min`. */
  span(seconds: number): string
  /** From one span to a longer one: `2–5 min`, `50 sec – 2 min`; one alone where both read the same. */
  spanRange(lowSeconds: number, highSeconds: number): string
  /** `14:05` today, else with the date. */
  moment(timeMs: number, nowMs: number): string
  /** Date and time to the second. */
  exact(timeMs: number): string
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

export function createFormat(language: Language): Format {
  const inUnit = (name: string, digits = 0): Intl.NumberFormat =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits })
  const unit = (value: number, name: string, digits = 0): string =>
    inUnit(name, digits).format(value).replace('byte', 'B')
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 })
  const seconds = (value: number): string =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit: 'second',
      unitDisplay: 'narrow',
      maximumFractionDigits: value < 10 ? 1 : 0,
    }).format(value)
  // 2:05 PM, but 06:25: only the clock of 24 hours has a leading zero.
  const time = { hour: language === 'en' ? 'numeric' : '2-digit', minute: '2-digit' } as const
  const clock = new Intl.DateTimeFormat(language, time)
  const day = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', ...time })
  const year = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  const exact = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  const span = (parts: readonly SpanPart[]): string => parts.map(({ count, name }) => unit(count, name)).join(' ')
  return {
    number: (value) => new Intl.NumberFormat(language).format(value),
    bytes(sizeBytes) {
      const power = Math.min(UNITS.length - 1, sizeBytes < 1000 ? 0 : Math.floor(Math.log10(sizeBytes) / 3))
      const value = sizeBytes / 1000 ** power
      return unit(value, UNITS[power] ?? 'byte', power >= 2 && value < 100 ? 1 : 0)
    },
    length: formatLength,
    clock: (positionMs) => clockText(Math.floor(positionMs / 1000)),
    brief: (durationMs) =>
      durationMs < 60_000 ? seconds(durationMs / 1000) : clockText(Math.round(durationMs / 1000)),
    percent: (fraction) => percent.format(fraction),
    span: (seconds) => span(spanParts(seconds)),
    spanRange(lowSeconds, highSeconds) {
      const [low, high] = [spanParts(lowSeconds), spanParts(highSeconds)]
      if (span(low) === span(high)) return span(low)
      const [first, last] = [low[0], high[0]]
      const isOneUnit = low.length === 1 && high.length === 1 && first?.name === last?.name
      if (!isOneUnit || first === undefined || last === undefined) return `${span(low)} – ${span(high)}`
      return inUnit(first.name).formatRange(first.count, last.count)
    },
    moment(timeMs, nowMs) {
      const then = new Date(timeMs)
      const now = new Date(nowMs)
      if (then.toDateString() === now.toDateString()) return clock.format(then)
      return then.getFullYear() === now.getFullYear() ? day.format(then) : year.format(then)
    },
    exact: (timeMs) => exact.format(timeMs),
  }
}

interface SpanPart {
  readonly count: number
  readonly name: 'second' | 'minute' | 'hour'
}

function spanParts(seconds: number): readonly SpanPart[] {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return [{ count: whole, name: 'second' }]
  if (whole < 120) return withRest({ count: 1, name: 'minute' }, { count: whole - 60, name: 'second' })
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return [{ count: minutes, name: 'minute' }]
  return withRest({ count: Math.floor(minutes / 60), name: 'hour' }, { count: minutes % 60, name: 'minute' })
}

function withRest(part: SpanPart, rest: SpanPart): readonly SpanPart[] {
  return rest.count === 0 ? [part] : [part, rest]
}

function formatLength(durationMs: number): string {
  return durationMs < 10_000
    ? `0:0${(Math.floor(durationMs / 100) / 10).toFixed(1)}`
    : clockText(Math.round(durationMs / 1000))
}

function clockText(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
