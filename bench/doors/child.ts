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

/**
 * As the gateway's unit has it. Where memory is compared, both sides get it: the room V8 takes for young objects by
 * itself is larger than a thousand connections, and comes and goes.
 */
export const SMALL_YOUNG_SPACE = ['--max-semi-space-size=2']

/** A script of `bench/doors/` in a process of its own. It prints one JSON line when it is ready and ends on SIGTERM. */
export async function startChild<Told>(
  script: string,
  args: readonly string[],
  nodeArgs: readonly string[] = [],
): Promise<BenchChild<Told>> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...nodeArgs, fileURLToPath(new URL(script, import.meta.url)), ...args], {
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
