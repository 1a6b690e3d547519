import { describeMachine } from '../measure/machine.ts'
import type { Figure, RowReport } from './row.ts'

export interface RowScript {
  readonly row: string
  readonly title: string
  /** `log` is for the person who waits; the report is what counts. */
  measure(options: { readonly isQuick: boolean; readonly log: (text: string) => void }): Promise<readonly Figure[]>
}

/** What every row's script does when it is started: measures, and prints its report as one JSON document. */
export async function runRowScript(script: RowScript): Promise<void> {
  const isQuick = process.argv.includes('--quick')
  const machine = describeMachine()
  const log = (text: string): void => void process.stderr.write(`${script.row}: ${text}\n`)
  const figures = await script.measure({ isQuick, log })
  const report: RowReport = {
    ...{ row: script.row, title: script.title, isQuick, figures, machine },
    measuredAt: new Date().toISOString(),
  }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
}
