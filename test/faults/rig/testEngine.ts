import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError } from '../../../src/shared/index.ts'
import type { Engine, EngineRun } from '../../../src/worker/index.ts'
import type { WorkerFact } from '../auditor/facts.ts'
import type { Ledger } from '../auditor/ledger.ts'
import { freeBox } from './fixtures.ts'
import { readScript } from './taskScript.ts'
import type { TaskScript } from './taskScript.ts'

export interface TestEngineDeps {
  readonly worker: string
  /** A whole video with the length of the voice: what every run makes, plus a box that names the run. */
  readonly outputPath: string
  readonly ledger: Ledger<WorkerFact>
}

/** An engine for trials: does what the task's name says, writes a playable file of its own, and keeps a ledger. */
export function createTestEngine({ worker, outputPath, ledger }: TestEngineDeps): Engine {
  let runs = 0
  return {
    name: 'trial',
    features: ['loop'],
    lipSync: false,
    probe: async () => ({ ready: true, version: '1' }),
    async run(run) {
      const { taskId, epoch } = leaseOf(run)
      const note = { worker, taskId, epoch }
      const script = readScript(run.options.name)
      ledger.note({ kind: 'started', ...note, name: run.options.name ?? '' })
      try {
        await perform(script, epoch, run)
      } catch (error) {
        ledger.note({ kind: 'ended', ...note, why: error instanceof Error ? error.message : String(error) })
        throw error
      }
      runs += 1
      const stamp = `${taskId} ${String(epoch)} ${worker} ${String(process.pid)} ${String(runs)}`
      const bytes = await stamped(outputPath, stamp, script.padKib * 1024)
      const path = join(run.workDir, 'output.mp4')
      await writeFile(path, bytes)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      ledger.note({ kind: 'finished', ...note, sha256 })
      return { outputPath: path }
    },
  }
}

/** The runner names the folder of a run after its lease. */
function leaseOf(run: EngineRun): { readonly taskId: string; readonly epoch: number } {
  const match = /^(t_[0-9a-f]{32})-(\d+)$/.exec(basename(run.workDir))
  if (match === null) throw new Error(`no lease in ${run.workDir}`)
  return { taskId: match[1] ?? '', epoch: Number(match[2]) }
}

const STEPS = 4

async function perform(script: TaskScript, epoch: number, { signal, report }: EngineRun): Promise<void> {
  signal.throwIfAborted()
  for (let step = 0; step < STEPS; step += 1) {
    report({ stage: 'synthesize', percent: (100 * step) / STEPS, frame: null, totalFrames: null })
    await pause(script.runMs / STEPS, signal)
  }
  if (script.isPoison) process.kill(process.pid, 'SIGKILL')
  if (script.hangs) await pause(2 ** 30, signal)
  if (epoch <= script.fails) throw new AppError(script.failCode, { message: 'as the task asked', retryable: true })
}

/** Real time: an engine's work is not ours to speed up. Ends early with the signal's own reason. */
function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, pauseMs)
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** The same film, told apart by a box that players skip. */
async function stamped(path: string, stamp: string, padBytes: number): Promise<Buffer> {
  return Buffer.concat([await readFile(path), freeBox(stamp), freeBox('', padBytes)])
}
