import { spawn } from 'node:child_process'
import type { ChildProcess as NodeChild } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AppError } from '../../../src/shared/index.ts'
import type { ProcessEnd } from '../auditor/evidence.ts'
import type { Fault } from './faultPlan.ts'
import { reportSchema } from './messages.ts'
import type { Order, Report, StoreFault } from './messages.ts'

export interface ChildOptions {
  /** Told when it ends, and named so in findings. */
  readonly name: string
  /** Absolute path of the script. */
  readonly entry: string
  /** Folder for its stdout and stderr. */
  readonly logDir: string
  /** Program and arguments before Node's own: `prlimit --nofile=40`. */
  readonly wrapper?: readonly string[]
  readonly nodeOptions?: readonly string[]
  /** How long a start may take, real milliseconds. */
  readonly startLimitMs?: number
}

const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 20_000
/** How the product's commands end at a second signal. */
const FORCED = 130
const COMPILE_CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache/faults')

const running = new Set<NodeChild>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A child of the campaign: started, told, frozen, killed, and watched until it ends. */
export class ChildProcess {
  readonly name: string
  readonly #child: NodeChild
  readonly #outputPath: string
  readonly #startLimitMs: number
  readonly #listeners = new Set<(report: Report) => void>()
  #isEndExpected = false
  #endSignals = 0
  #end: ProcessEnd | undefined
  readonly ended: Promise<ProcessEnd>

  constructor(options: ChildOptions, serial: number) {
    this.name = options.name
    this.#startLimitMs = options.startLimitMs ?? START_LIMIT_MS
    this.#outputPath = join(options.logDir, `${options.name}-${String(serial)}.out`)
    const output = openSync(this.#outputPath, 'a', 0o600)
    const command = [...(options.wrapper ?? []), process.execPath, ...(options.nodeOptions ?? []), options.entry]
    const [program = process.execPath, ...args] = command
    this.#child = spawn(program, args, {
      stdio: ['ignore', output, output, 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, NODE_ENV: 'test' },
    })
    closeSync(output)
    running.add(this.#child)
    this.#child.on('message', (message) => {
      const report = reportSchema.parse(message)
      for (const listener of this.#listeners) listener(report)
    })
    this.#child.on('error', () => undefined)
    this.ended = new Promise((resolveEnd) => {
      this.#child.once('exit', (code, signal) => {
        running.delete(this.#child)
        this.#end = this.#describeEnd(code, signal)
        resolveEnd(this.#end)
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isAlive(): boolean {
    return this.#end === undefined
  }

  /** Stands still: by SIGSTOP, from here or from itself. */
  get isStopped(): boolean {
    return this.isAlive && /\) T /.test(readFileSync(`/proc/${String(this.pid)}/stat`, 'latin1'))
  }

  /** Starts the part and resolves with its address. Throws the part's own error, or when it dies first. */
  async start(options: unknown): Promise<Extract<Report, { type: 'started' }>> {
    const answer = this.#next(['started', 'failed'], this.#startLimitMs)
    this.#send({ type: 'start', options })
    const report = await answer
    if (report.type === 'failed') throw new AppError(report.code, { message: report.message })
    if (report.type !== 'started') throw new Error(`${this.name} answered ${report.type}`)
    return report
  }

  on(listener: (report: Report) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Replaces what was armed before; counting begins anew. */
  async arm(faults: readonly Fault[]): Promise<void> {
    if (faults.some((fault) => fault.action === 'kill')) this.#isEndExpected = true
    await this.#ask({ type: 'arm', faults: [...faults] }, 'done')
  }

  async armStore(fault: StoreFault | null): Promise<void> {
    await this.#ask({ type: 'store', fault }, 'done')
  }

  async passes(): Promise<Readonly<Record<string, number>>> {
    const report = await this.#ask({ type: 'passes' }, 'passes')
    return report.type === 'passes' ? report.passes : {}
  }

  async measure(): Promise<{ readonly rssBytes: number; readonly loopDelayMs: number } | undefined> {
    if (!this.isAlive) return undefined
    const report = await this.#ask({ type: 'measure' }, 'measured')
    return report.type === 'measured' ? report : undefined
  }

  async skew(skewMs: number): Promise<void> {
    await this.#ask({ type: 'skew', skewMs }, 'done')
  }

  /** Makes its event loop stand still; does not wait for it. */
  block(blockMs: number): void {
    this.#send({ type: 'block', blockMs })
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#isEndExpected = true
    if (this.isAlive) this.#child.kill('SIGKILL')
    await this.ended
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGINT'): void {
    if (signal === 'SIGTERM' || signal === 'SIGINT') {
      this.#isEndExpected = true
      this.#endSignals += 1
    }
    if (this.isAlive) this.#child.kill(signal)
  }

  /** Its death from here on is part of the trial. */
  expectEnd(): void {
    this.#isEndExpected = true
  }

  /** Stops the part in order. Ends hard, and counts as a violation, when it does not end in time. */
  async stop(): Promise<void> {
    if (!this.isAlive) return
    this.#isEndExpected = true
    this.#send({ type: 'stop' })
    const timer = setTimeout(() => {
      this.#isEndExpected = false
      this.#child.kill('SIGKILL')
    }, STOP_LIMIT_MS)
    await this.ended
    clearTimeout(timer)
  }

  get end(): ProcessEnd | undefined {
    return this.#end
  }

  #send(order: Order): void {
    if (!this.isAlive || !this.#child.connected) return
    // The other end may be dying; its exit says all there is to say.
    this.#child.send(order, () => undefined)
  }

  async #ask(order: Order, answer: Report['type']): Promise<Report> {
    const reply = this.#next([answer], STOP_LIMIT_MS)
    this.#send(order)
    return reply
  }

  #next(types: readonly Report['type'][], limitMs: number): Promise<Report> {
    return new Promise((resolveReport, reject) => {
      const finish = (): void => {
        clearTimeout(timer)
        leave()
      }
      const leave = this.on((report) => {
        if (!types.includes(report.type)) return
        finish()
        resolveReport(report)
      })
      const timer = setTimeout(() => {
        finish()
        reject(new Error(`${this.name} did not answer ${types.join(' or ')}: ${this.#lastWords()}`))
      }, limitMs)
      void this.ended.then((end) => {
        finish()
        reject(new Error(`${this.name} ended (${end.signal ?? String(end.code)}): ${end.lastWords}`))
      })
    })
  }

  #describeEnd(code: number | null, signal: string | null): ProcessEnd {
    // Told to stop, and ended with an error all the same, is not as expected.
    const isForced = this.#endSignals > 1 && code === FORCED
    const isClean = signal === 'SIGKILL' || code === 0 || isForced
    return { name: this.name, isExpected: this.#isEndExpected && isClean, code, signal, lastWords: this.#lastWords() }
  }

  #lastWords(): string {
    // The folder of a trial may be gone before its last process is.
    return existsSync(this.#outputPath) ? readFileSync(this.#outputPath, 'utf8').slice(-2000) : ''
  }
}
