import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { QUICK_RECONNECT } from './quickWorker.ts'

export interface ChildWorkerOptions {
  readonly dataDir: string
  readonly gatewayUrl: string
  readonly workerSecret: string
  /** Its engine brings a copy of this file as soon as it is there. */
  readonly madePath: string
}

/** A worker in a process of its own, to be stopped (SIGSTOP) and let go on; killed when the test is over. */
export async function startChildWorker(options: ChildWorkerOptions, isOnline: () => Promise<void>): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', scriptOf(options)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGCONT')
    child.kill('SIGKILL')
    await exited
  })
  await isOnline()
  if (child.pid === undefined) throw new Error('the child did not start')
  return child.pid
}

function scriptOf({ madePath, ...options }: ChildWorkerOptions): string {
  const from = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)
  const made = JSON.stringify(madePath)
  return `
    import { copyFileSync, existsSync } from 'node:fs'
    import { join } from 'node:path'
    import { createWorker } from ${from('../index.ts')}
    import { createLogger } from ${from('../../shared/node/index.ts')}
    const log = createLogger({ name: 'child', destination: 'stderr', level: 'silent' })
    const run = ({ workDir, signal, report }) => new Promise((resolve, reject) => {
      report({ stage: 'synthesize', percent: 1, frame: null, totalFrames: null })
      const timer = setInterval(() => {
        if (!existsSync(${made})) return
        clearInterval(timer)
        const outputPath = join(workDir, 'out.mp4')
        copyFileSync(${made}, outputPath)
        resolve({ outputPath })
      }, 5)
      signal.addEventListener('abort', () => { clearInterval(timer); reject(signal.reason) })
    })
    const probe = async () => ({ ready: true, version: '1' })
    const engine = { name: 'waiting', features: [], lipSync: false, probe, run }
    const reconnect = ${JSON.stringify(QUICK_RECONNECT)}
    await createWorker({ ...${JSON.stringify(options)}, slots: 1, engine, ffmpegPath: null, log, reconnect }).start()
    setInterval(() => undefined, 1000)`
}
