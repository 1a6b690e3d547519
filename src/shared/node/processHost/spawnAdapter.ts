/** How a child process is started on this platform: `child_process` here, `utilityProcess` in the desktop shell. */
export interface SpawnAdapter {
  spawn(): ChildHandle
}

export interface ChildExit {
  readonly code: number | null
  readonly signal: string | null
}

/** One life of one child. Every callback may be set once, right after `spawn`, and misses nothing. */
export interface ChildHandle {
  /** Undefined until the system has started it. */
  readonly pid: number | undefined
  /** Delivers a structured-cloneable message; silently lost when the child is gone (its exit says so). */
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  /** Called exactly once, also when the child could not be started at all. */
  onExit(listener: (exit: ChildExit) => void): void
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}
