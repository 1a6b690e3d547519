import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { Readable } from 'node:stream'
import { AppError } from '../../index.ts'
import { toFileError } from '../files/index.ts'
import { confine } from './confine.ts'
import type { ChildLimits } from './confine.ts'
import { createLineSplitter, createTail } from './lineSplitter.ts'

export interface RunChildOptions {
  /** Absolute path of the executable; there is no shell and no PATH. */
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** The child's whole environment; by default only what the platform cannot do without. */
  readonly env?: Readonly<Record<string, string>>
  /** Aborting kills the whole process group; `runChild` then rejects with the signal's reason, after the exit. */
  readonly signal?: AbortSignal
  /** Wall-clock limit, after which the group is killed and the result says `isTimedOut`. */
  readonly timeoutMs?: number
  readonly limits?: ChildLimits
  readonly onStdoutLine?: (line: string) => void
  readonly onStderrLine?: (line: string) => void
  /** Raw output, for callers that read more than lines. */
  readonly onStdoutChunk?: (chunk: Uint8Array) => void
  /** From SIGTERM to SIGKILL; 0 kills at once. Default 2 s. */
  readonly killGraceMs?: number
}

export interface ChildResult {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderrTail: string
  readonly isTimedOut: boolean
}

const STDERR_TAIL_BYTES = 4 * 1024
const KILL_GRACE_MS = 2_000

/**
 * Runs an executable to its end in a process group of its own and gives how it ended; a non-zero exit is a result,
 * not an error. Throws FILE_NOT_FOUND or FILE_UNREADABLE when it cannot be started.
 */
export async function runChild(options: RunChildOptions): Promise<ChildResult> {
  options.signal?.throwIfAborted()
  assertExecutable(options.command)
  const line = confine(options, options.limits)
  const child: ChildProcess = spawn(line.command, line.args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...(options.env ?? minimalEnv()) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  // At once: without a free descriptor the child has no streams, and says why in the next tick.
  const ended = exitOf(child, options)
  const stderrTail = createTail(STDERR_TAIL_BYTES)
  child.stderr?.on('data', (chunk: Buffer) => {
    stderrTail.push(chunk)
  })
  child.stdout?.on('data', (chunk: Buffer) => {
    options.onStdoutChunk?.(chunk)
  })
  splitLines(child.stdout, options.onStdoutLine)
  splitLines(child.stderr, options.onStderrLine)
  const killer = watch(child, options)
  const { code, signal } = await ended.finally(() => {
    killer.stop()
  })
  options.signal?.throwIfAborted()
  return { code, signal, stderrTail: stderrTail.text(), isTimedOut: killer.isTimedOut() }
}

/** Sends a signal to the child and everything it started. False when nothing is left to receive it. */
export function killGroup(child: Pick<ChildProcess, 'pid' | 'kill'>, signal: NodeJS.Signals): boolean {
  if (child.pid === undefined) return false
  if (process.platform === 'win32') return child.kill(signal)
  try {
    return process.kill(-child.pid, signal)
  } catch {
    return false
  }
}

function watch(child: ChildProcess, options: RunChildOptions): { stop(): void; isTimedOut(): boolean } {
  let isTimedOut = false
  let escalation: NodeJS.Timeout | undefined
  const kill = (): void => {
    if (escalation !== undefined) return
    const graceMs = options.killGraceMs ?? KILL_GRACE_MS
    killGroup(child, graceMs === 0 ? 'SIGKILL' : 'SIGTERM')
    escalation = setTimeout(() => killGroup(child, 'SIGKILL'), graceMs)
  }
  const deadline =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          isTimedOut = true
          kill()
        }, options.timeoutMs)
  options.signal?.addEventListener('abort', kill, { once: true })
  return {
    stop: () => {
      clearTimeout(deadline)
      clearTimeout(escalation)
      options.signal?.removeEventListener('abort', kill)
      // The leader is gone; whatever it started and left behind goes too.
      killGroup(child, 'SIGKILL')
    },
    isTimedOut: () => isTimedOut,
  }
}

interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

function exitOf(child: ChildProcess, options: RunChildOptions): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(toFileError(error, options.cwd ?? options.command))
    })
    child.once('exit', () => {
      // A grandchild that kept our pipes open would hold back 'close' for ever.
      killGroup(child, 'SIGKILL')
    })
    child.once('close', (code, signal) => {
      resolve({ code, signal })
    })
  })
}

function splitLines(stream: Readable | null, onLine: ((line: string) => void) | undefined): void {
  if (onLine === undefined) return
  const splitter = createLineSplitter(onLine)
  stream?.on('data', (chunk: Buffer) => {
    splitter.push(chunk)
  })
  stream?.once('end', () => {
    splitter.end()
  })
}

function minimalEnv(): Record<string, string> {
  if (process.platform !== 'win32') return { LC_ALL: 'C.UTF-8' }
  // Windows programs cannot load system libraries without it.
  const systemRoot = process.env['SystemRoot']
  return systemRoot === undefined ? {} : { SystemRoot: systemRoot }
}

/** Checked by ourselves, because behind the wrappers a missing program would look like an exit code. */
function assertExecutable(command: string): void {
  if (!isAbsolute(command)) {
    throw new AppError('INTERNAL', { message: `the command ${command} is not an absolute path` })
  }
  try {
    accessSync(command, process.platform === 'win32' ? constants.F_OK : constants.X_OK)
  } catch (error) {
    throw toFileError(error, command)
  }
}
