import type { Machine } from '../measure/machine.ts'
import { median } from '../measure/statistics.ts'

export type Unit = 'MB/s' | 's' | 'ms' | 'MB' | 'KiB' | '/s' | '%'

/** One line of a row's table. A figure without a bar only describes. */
export interface Figure {
  readonly what: string
  readonly unit: Unit
  readonly ours: number
  /** Who did the same in the same run, and how fast; null when the figure is measured against a limit alone. */
  readonly peer: { readonly name: string; readonly figure: number } | null
  /** A peer that is not installed here. */
  readonly notRun?: string
  /** ours ÷ peer, of medians. */
  readonly ratio: number | null
  readonly bar: { readonly text: string; readonly isMet: boolean } | null
  readonly rounds: number
  /** Slowest and fastest run of ours, as far as there are several. */
  readonly spread: readonly [number, number]
}

export interface RowReport {
  readonly row: string
  readonly title: string
  readonly isQuick: boolean
  readonly figures: readonly Figure[]
  readonly machine: Machine
  readonly measuredAt: string
}

export interface Compared {
  readonly what: string
  readonly unit: Unit
  readonly ours: readonly number[]
  readonly peer?: { readonly name: string; readonly samples: readonly number[] }
  /** The peer, where it could not be run: the line then has no ratio. */
  readonly notRun?: string
  /** Judges ours against the peer's median (0 without a peer). */
  readonly bar?: { readonly text: string; readonly isMet: (ours: number, peer: number) => boolean }
}

/** Medians, their ratio, and the verdict. */
export function compare({ what, unit, ours, peer, notRun, bar }: Compared): Figure {
  const figure = median(ours)
  const peerFigure = peer === undefined ? 0 : median(peer.samples)
  return {
    what,
    unit,
    ours: figure,
    peer: peer === undefined ? null : { name: peer.name, figure: peerFigure },
    ratio: peer === undefined ? null : figure / peerFigure,
    bar: bar === undefined ? null : { text: bar.text, isMet: bar.isMet(figure, peerFigure) },
    ...(notRun === undefined ? {} : { notRun }),
    rounds: ours.length,
    spread: [Math.min(...ours), Math.max(...ours)],
  }
}
