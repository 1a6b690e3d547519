import type { Figure, RowReport } from './row.ts'

/** The row as a Markdown table, with the machine under it. */
export function toMarkdown(report: RowReport): string {
  const { machine } = report
  const head = ['what', 'ours', 'peer', 'ratio', 'bar', 'met']
  const lines = report.figures.map((figure) => [
    figure.what,
    `${shown(figure.ours)} ${figure.unit}${rangeOf(figure)}`,
    peerOf(figure),
    figure.ratio === null ? '–' : `${figure.ratio.toFixed(2)}×`,
    figure.bar?.text ?? 'describes',
    verdict(figure),
  ])
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system}, Node ${machine.node}`
  return [
    ...[head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `Measured ${report.measuredAt.slice(0, 10)}${report.isQuick ? ' with --quick' : ''}: ${where}; load before the run ${machine.loadBefore}.`,
  ].join('\n')
}

function peerOf({ peer, unit, notRun }: Figure): string {
  if (notRun !== undefined) return `not run (${notRun})`
  return peer === null ? '–' : `${shown(peer.figure)} ${unit} (${peer.name})`
}

function verdict(figure: Figure): string {
  if (figure.bar === null) return ''
  return figure.bar.isMet ? 'yes' : '**no**'
}

/** Of several runs, the least and the most: a wide range means a busy machine. */
function rangeOf({ rounds, spread: [least, most] }: Figure): string {
  return rounds < 2 ? '' : ` (${shown(least)}–${shown(most)})`
}

/** Three digits that mean something. */
function shown(value: number): string {
  if (value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** Puts `text` between the row's two markers. Throws when the document does not have them. */
export function replaceSection(document: string, row: string, text: string): string {
  const [begin, end] = [`<!-- ${row} -->`, `<!-- /${row} -->`]
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the document has no place marked ${begin} … ${end}`)
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`
}
