import type { FaultResult } from './runCampaign.ts'

/** 0 failures of n independent trials bound the failure rate at 95 % confidence to 3/n. */
export function bound95(trials: number): number {
  return trials === 0 ? 1 : Math.min(1, 3 / trials)
}

export function faultLine(result: FaultResult): string {
  const name = `${result.id} ${result.title}`
  if (result.missing !== null) return `– ${name}: not run, ${result.missing}`
  const ran = result.held + result.failed.length
  const bound = boundText(ran)
  const outcome =
    result.failed.length === 0
      ? `${String(ran)} of ${String(ran)} held (≤ ${bound} at 95 %)`
      : `${String(result.failed.length)} of ${String(ran)} FAILED`
  const missed = Object.entries(result.notReached)
  const notes =
    missed.length === 0 ? '' : `; not reached: ${missed.map(([name, n]) => `${name} ×${String(n)}`).join(', ')}`
  const mark = result.failed.length > 0 ? '✗' : ran === 0 ? '–' : '✓'
  return `${mark} ${name}: ${outcome}${notes} (${result.seconds.toFixed(1)} s)`
}

/** Rows for docs/RELIABILITY.md. */
export function markdownRows(results: readonly FaultResult[], seed: string): string {
  const rows = results.map((result) => {
    const ran = result.held + result.failed.length
    const missed = Object.values(result.notReached).reduce((sum, count) => sum + count, 0)
    const outcome = result.missing ?? `${String(result.failed.length)} of ${String(ran)}`
    const bound = ran === 0 ? '–' : boundText(ran)
    return `| ${[result.id, result.title, outcome, bound, String(missed), seed].join(' | ')} |`
  })
  return `${rows.join('\n')}\n`
}

/** Three trials or fewer bound nothing: 100 %. */
function boundText(ran: number): string {
  const percent = 100 * bound95(ran)
  return `${percent < 100 ? percent.toPrecision(2) : '100'} %`
}
