import { randomBytes } from 'node:crypto'
import type { FieldSwitches } from './switches.ts'

export interface ServerTask {
  readonly id: string
  readonly inputs: string
  step: number
  status: 'queued' | 'processing' | 'synthesizing' | 'encoding' | 'done' | 'error'
  error: string | null
}

/** What a job asks for. */
export interface JobInputs {
  readonly audio_hash: string
  readonly video_hash: string
}

const TOTAL_FRAMES = 10

/** The tasks of a GPU server: in memory only, one at a time. Whoever asks about one moves the running one a step on. */
export class ServerTasks {
  readonly #switches: FieldSwitches
  readonly #tasks = new Map<string, ServerTask>()

  constructor(switches: FieldSwitches) {
    this.#switches = switches
  }

  get count(): number {
    return this.#tasks.size
  }

  /** A finished task of the same inputs is answered again, under its old id and without a flag. */
  submit({ audio_hash: audio, video_hash: video }: JobInputs): ServerTask {
    const inputs = `${audio}/${video}`
    const cached = [...this.#tasks.values()].find((task) => task.inputs === inputs && task.status === 'done')
    if (cached !== undefined && this.#switches.cache) return cached
    const task: ServerTask = { id: randomBytes(8).toString('hex'), inputs, step: 0, status: 'queued', error: null }
    this.#tasks.set(task.id, task)
    return task
  }

  find(id: string): ServerTask | undefined {
    return this.#tasks.get(id)
  }

  forget(): void {
    this.#tasks.clear()
  }

  /** What `/progress` says of it. */
  tell(task: ServerTask): Readonly<Record<string, unknown>> {
    this.#step()
    const frame = Math.min(TOTAL_FRAMES, Math.max(0, task.step - 1) * 5)
    const percent = task.status === 'done' ? 100 : Math.min(95, 5 + (90 * frame) / TOTAL_FRAMES)
    const isBack = this.#switches.wobble && task.step % 2 === 0 && task.status !== 'done'
    return {
      ...{ task_id: task.id, status: task.status, progress: isBack ? 1 : percent, message: '处理中' },
      ...{ total_frames: TOTAL_FRAMES, current_frame: isBack ? 9 : frame, queue_position: 0 },
      ...{ queue: this.queue(), created_at: 1, started_at: 1, finished_at: null, error: task.error, extra: {} },
    }
  }

  queue(): Readonly<Record<string, number>> {
    const running = [...this.#tasks.values()].filter(({ status }) => status !== 'done' && status !== 'error')
    const processing = Math.min(1, running.length)
    return { total_tasks: this.#tasks.size, processing, queued: running.length - processing, max_concurrent: 4 }
  }

  #step(): void {
    const task = [...this.#tasks.values()].find(({ status }) => status !== 'done' && status !== 'error')
    if (task === undefined) return
    task.step += 1
    if (task.step >= 3 && this.#switches.hang) task.step = 3
    const statuses = ['queued', 'processing', 'synthesizing', 'synthesizing', 'encoding', 'done'] as const
    task.status = statuses[Math.min(task.step, statuses.length - 1)] ?? 'done'
    if (task.step < 3 || this.#switches.failWith === null) return
    task.status = 'error'
    task.error = this.#switches.failWith
  }
}
