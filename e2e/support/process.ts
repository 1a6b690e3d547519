import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { projectNode } from '../../scripts/setup/places.mjs'

export const REPOSITORY = resolve(import.meta.dirname, '..', '..')

const STOP_DEADLINE_MS = 10_000

/** A command of the real command line, running. */
export interface RunningCommand {
  readonly pid: number
  /** What its ready line tells. */
  readonly ready: Readonly<Record<string, unknown>>
  stop(): Promise<void>
}

/** Starts `dhs …args --json` and resolves with its ready line. */
export async function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningCommand> {
  const child = spawn(projectNode() ?? process.execPath, [join(REPOSITORY, 'bin/dhs.js'), ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const ready = await readyLine(child)
  return { pid: child.pid ?? 0, ready, stop: () => stop(child) }
}

async function readyLine(child: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  if (child.stdout === null) throw new Error('no standard output')
  const lines = createInterface({ input: child.stdout })
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?]
  if (line === undefined) throw new Error('the command ended before it was ready')
  const event = JSON.parse(line) as Readonly<Record<string, unknown>>
  if (event['event'] !== 'ready') throw new Error(`the command did not start: ${line}`)
  return event
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
  child.kill('SIGTERM')
  await ended
  clearTimeout(timer)
}

/** The process of one part that a running app has started; undefined while there is none. */
export function pidOfPart(appPid: number, part: 'gateway' | 'worker'): number | undefined {
  try {
    const found = execFileSync('pgrep', ['-P', String(appPid), '-f', `entries/${part}`], { encoding: 'utf8' })
    return Number(found.trim().split('\n')[0])
  } catch {
    return undefined
  }
}
