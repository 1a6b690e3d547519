/** The states a task can be in. Which one follows which is decided in one place: the gateway's transition table. */
export const TASK_STATES = [
  'queued',
  'leased',
  'running',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
  'dead',
] as const

export type TaskState = (typeof TASK_STATES)[number]

/** A worker has the task. */
export const LEASED_STATES: readonly TaskState[] = ['leased', 'running', 'cancelling']

/** The task has not ended. */
export const LIVE_STATES: readonly TaskState[] = ['queued', ...LEASED_STATES]

const TERMINAL_STATES = ['succeeded', 'failed', 'cancelled', 'expired', 'dead'] as const

export type TerminalTaskState = (typeof TERMINAL_STATES)[number]

const TERMINAL: ReadonlySet<TaskState> = new Set(TERMINAL_STATES)

/** A terminal state never changes again; "run again" makes a new task. */
export function isTerminal(state: TaskState): state is TerminalTaskState {
  return TERMINAL.has(state)
}

/** What a task is doing inside `running`, as the worker tells it (in this order). */
export const RUN_STAGES = ['inputs', 'prepare', 'synthesize', 'encode', 'upload'] as const

export type RunStage = (typeof RUN_STAGES)[number]

/** Why a queued task waits for a GPU; absent while one is online and free. */
export const GPU_WAITS = ['offline', 'starting', 'busy'] as const

export type GpuWait = (typeof GPU_WAITS)[number]

/** The queue's classes, strongest first. */
export const PRIORITY_CLASSES = ['interactive', 'normal', 'batch'] as const

export type PriorityClass = (typeof PRIORITY_CLASSES)[number]
