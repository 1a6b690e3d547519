import { parseArgs } from 'node:util'
import { COLUMNS } from '../catalogue/index.ts'
import type { Column } from '../catalogue/index.ts'

export interface CampaignArguments {
  readonly column: Column
  readonly only: ReadonlySet<string> | undefined
  readonly seed: string
  readonly jobs: number
  readonly index: number | undefined
  readonly variant: string | undefined
}

export const USAGE = `npm run test:faults -- --trials commit|night|release [--only F01,F05] [--seed n] [--jobs 2]
  one trial again: --only F02 --seed n --variant result.after_commit --index 3`

/** Throws with the reason for anything that is not understood. */
export function readArguments(argv: readonly string[], newSeed: () => string): CampaignArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      trials: { type: 'string', default: 'commit' },
      only: { type: 'string' },
      seed: { type: 'string' },
      jobs: { type: 'string', default: '2' },
      index: { type: 'string' },
      variant: { type: 'string' },
    },
  })
  const column = COLUMNS.find((one) => one === values.trials)
  if (column === undefined) throw new Error(`--trials must be one of ${COLUMNS.join(', ')}`)
  return {
    column,
    only: values.only === undefined ? undefined : new Set(values.only.split(',').map((id) => id.trim().toUpperCase())),
    seed: values.seed ?? newSeed(),
    jobs: wholeNumber('jobs', values.jobs),
    index: values.index === undefined ? undefined : wholeNumber('index', values.index),
    variant: values.variant,
  }
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} must be a whole number`)
  return number
}
