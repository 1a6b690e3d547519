import { Worker } from 'node:worker_threads'
import { AppError } from '../../index.ts'
import type { FollowAnswer, FollowCommand, FollowThreadData } from './followThread.ts'

/** Called with what the thread says about one file, or with the failure of the thread itself. */
export type LaneListener = (answer: FollowAnswer | { readonly kind: 'broken'; readonly error: Error }) => void

/** One thread with one algorithm, shared by all files; it keeps the process alive only while it owes an answer. */
export class FollowLane {
  readonly #thread: Worker
  readonly #listeners = new Map<number, LaneListener>()
  #owedAnswers = 0
  #failure: Error | undefined

  constructor(threadUrl: URL, algorithm: FollowThreadData['algorithm']) {
    this.#thread = new Worker(threadUrl, {
      // As in HashPair: no flags of the main script.
      execArgv: [],
      workerData: { algorithm } satisfies FollowThreadData,
      // It allocates next to nothing, and the defaults let it keep tens of megabytes before it tidies up.
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    })
    this.#thread.on('message', (answer: FollowAnswer) => {
      this.#receive(answer)
    })
    this.#thread.on('error', (error: Error) => {
      this.#break(error)
    })
    this.#thread.on('exit', () => {
      this.#break(new Error('a digest thread ended'))
    })
    this.#thread.unref()
  }

  get isBroken(): boolean {
    return this.#failure !== undefined
  }

  listen(id: number, listener: LaneListener): void {
    this.#listeners.set(id, listener)
  }

  /** Forgets the file here and in the thread. */
  drop(id: number): void {
    if (!this.#listeners.delete(id) || this.#failure !== undefined) return
    this.#thread.postMessage({ kind: 'drop', id } satisfies FollowCommand)
  }

  ask(command: Exclude<FollowCommand, { kind: 'drop' }>): void {
    if (this.#failure !== undefined) {
      this.#listeners.get(command.id)?.({ kind: 'broken', error: this.#failure })
      return
    }
    this.#owedAnswers += 1
    if (this.#owedAnswers === 1) this.#thread.ref()
    this.#thread.postMessage(command)
  }

  async stop(): Promise<void> {
    this.#break(new AppError('INTERNAL', { message: 'the hasher was stopped' }))
    await this.#thread.terminate()
  }

  #receive(answer: FollowAnswer): void {
    this.#owedAnswers -= 1
    if (this.#owedAnswers === 0) this.#thread.unref()
    this.#listeners.get(answer.id)?.(answer)
  }

  #break(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    for (const listener of this.#listeners.values()) listener({ kind: 'broken', error })
  }
}
