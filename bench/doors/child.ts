import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface BenchChild<Told> {
  readonly pid: number
  /** What it printed when it was ready. */
  readonly told: Told
  /** Milliseconds from its start to that line. */
  readonly startMs: number
  stop(): Promise<void>
}

/** A script of `bench/doors/` in a process of its own. It prints one JSON line when it is ready and ends on SIGTERM. */
export async function startChild<Told>(script: string, args: readonly string[]): Promise<BenchChild<Told>> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // Also when the row fails in between.
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  const exited = new Promise<undefined>((resolve) => {
    child.once('close', () => {
      resolve(undefined)
    })
  })
  const firstLine = new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  const line = await Promise.race([firstLine, exited])
  if (line === undefined || child.pid === undefined) throw new Error(`${script} ended before it was ready`)
  return {
    ...{ pid: child.pid, told: JSON.parse(line) as Told, startMs: performance.now() - startedAt },
    async stop() {
      child.kill('SIGTERM')
      await exited
      process.off('exit', kill)
    },
  }
}
