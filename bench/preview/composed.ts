import { fileURLToPath } from 'node:url'
import { AppError } from '../../src/shared/index.ts'
import type { Studio } from '../../src/studio/index.ts'
import { runProgram } from '../measure/programs.ts'
import type { Pair } from './media.ts'

const DHS = fileURLToPath(new URL('../../bin/dhs.js', import.meta.url))
const OPTIONS = { loop: 'restart', superResolution: false, aiBadge: false, priority: 'normal' } as const
const DEADLINE_MS = 120_000

/** One task on a studio whose gateway and worker run already: submit to the file under its own name. */
export async function composeWarm(studio: Studio, pair: Pair): Promise<void> {
  const { avatarPath, voicePath, outPath } = pair
  let record = await studio.api.create({ avatarPath, voicePath, outputPath: outPath, options: OPTIONS })
  for await (record of studio.api.follow(record.id, AbortSignal.timeout(DEADLINE_MS)));
  if (record.phase === 'done') return
  throw record.error === null ? new Error(`the task ended as ${record.phase}`) : AppError.fromJSON(record.error)
}

/** The command as a person starts it: it brings up gateway and worker, and takes them down again. */
export async function composeCold(pair: Pair): Promise<void> {
  const { avatarPath, voicePath, outPath } = pair
  await runProgram(process.execPath, [DHS, 'compose', '--video', avatarPath, '--audio', voicePath, '--out', outPath])
}
