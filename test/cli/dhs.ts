import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const eventSchema = z.looseObject({ event: z.string() })

/** One line of `--json`. */
export type DhsEvent = z.infer<typeof eventSchema>

export interface DhsEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly events: readonly DhsEvent[]
  readonly last: DhsEvent | undefined
  readonly stdout: string
  readonly stderr: string
}

/** One run of the real command line. */
export interface Dhs {
  readonly pid: number
  readonly events: readonly DhsEvent[]
  /** The first event, told already or to come, that is meant; fails when the process ends without it. */
  until(isMeant: (event: DhsEvent) => boolean): Promise<DhsEvent>
  send(signal: NodeJS.Signals): void
  /** Resolves when it has ended by itself. */
  readonly ended: Promise<DhsEnd>
  /** SIGKILL, if it still runs. */
  kill(): Promise<DhsEnd>
}

export interface DhsOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Put before the command: a tracer, a limiter. */
  readonly prefix?: readonly string[]
  /** Another copy of `dhs` than the checkout's. */
  readonly bin?: string
}

/** A state that a busy machine needs longer for is not reached. */
const WAIT_MS = 50_000
const BIN = resolve('bin', 'dhs.js')
const running = new Set<Dhs>()

/** Starts `dhs …`; English, and without keys or addresses of the surroundings. */
export function dhs(args: readonly string[], options: DhsOptions = {}): Dhs {
  const [command = '', ...rest] = [...(options.prefix ?? []), process.execPath, options.bin ?? BIN, ...args]
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      LC_ALL: 'en_US.UTF-8',
      DHS_LICENSE_KEY: undefined,
      DHS_WORKER_SECRET: undefined,
      DHS_ADMIN_TOKEN: undefined,
      ...options.env,
    },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const events: DhsEvent[] = []
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const check of [...waiting]) check()
  }
  const texts = { stdout: '', stderr: '' }
  createInterface({ input: child.stdout }).on('line', (line) => {
    texts.stdout += `${line}\n`
    if (line.startsWith('{')) events.push(eventSchema.parse(JSON.parse(line)))
    wake()
  })
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()))
  let end: DhsEnd | undefined
  const ended = endOf(child).then(({ code, signal }) => {
    end = { code, signal, events, last: events.at(-1), ...texts }
    running.delete(self)
    wake()
    return end
  })
  const self: Dhs = {
    pid: child.pid ?? 0,
    events,
    ended,
    until: (isMeant) =>
      new Promise((resolveEvent, reject) => {
        const settle = (act: () => void): void => {
          waiting.delete(check)
          clearTimeout(deadline)
          act()
        }
        const fail = (why: string): void => {
          const told = `${texts.stdout.slice(-2000)}\n${texts.stderr.slice(-2000)}`
          settle(() => {
            reject(new Error(`${why}: dhs ${args.join(' ')}\n${told}`))
          })
        }
        const check = (): void => {
          const found = events.find(isMeant)
          if (found !== undefined)
            settle(() => {
              resolveEvent(found)
            })
          else if (end !== undefined) fail('ended without it')
        }
        const deadline = setTimeout(fail, WAIT_MS, 'waited in vain')
        waiting.add(check)
        check()
      }),
    send: (signal) => void child.kill(signal),
    async kill() {
      if (end === undefined) child.kill('SIGKILL')
      return ended
    },
  }
  running.add(self)
  return self
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  await once(child, 'close')
  return { code: child.exitCode, signal: child.signalCode }
}

/** Ends every run that a test left behind. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map((run) => run.kill()))
}

export const isEvent =
  (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
  (told: DhsEvent): boolean =>
    told.event === event && Object.entries(fields).every(([name, value]) => told[name] === value)

export const isStage = (stage: string): ((told: DhsEvent) => boolean) => isEvent('stage', { stage })
