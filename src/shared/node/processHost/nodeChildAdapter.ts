import { fork } from 'node:child_process'
import { killGroup } from '../process/index.ts'
import type { ChildExit, ChildHandle, SpawnAdapter } from './spawnAdapter.ts'

export interface NodeChildOptions {
  /** Path of the script. */
  readonly entry: string
  readonly args?: readonly string[]
  readonly execArgv?: readonly string[]
  /** The child's whole environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Its stderr line by line is not parsed here; `inherit` (default) shows it, `ignore` drops it. */
  readonly stderr?: 'inherit' | 'ignore'
}

/** Children by `child_process.fork`, each leading a process group that is killed as a whole. */
export function nodeChildAdapter(options: NodeChildOptions): SpawnAdapter {
  return {
    spawn: () => handleOf(options),
  }
}

function handleOf(options: NodeChildOptions): ChildHandle {
  const child = fork(options.entry, [...(options.args ?? [])], {
    execArgv: [...(options.execArgv ?? [])],
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    detached: process.platform !== 'win32',
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', options.stderr ?? 'inherit', 'ipc'],
  })
  const exit = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal })
    })
    child.on('error', () => {
      // Only a failed start has no exit event of its own; other errors (a lost message) are followed by one.
      if (child.pid === undefined) resolve({ code: null, signal: null })
    })
  })
  return {
    get pid() {
      return child.pid
    },
    send(message) {
      if (child.connected) child.send(message as object, ignoreLoss)
    },
    onMessage(listener) {
      child.on('message', listener)
    },
    onExit(listener) {
      void exit.then((ended) => {
        killGroup(child, 'SIGKILL')
        listener(ended)
      })
    },
    kill(signal) {
      if (child.exitCode === null && child.signalCode === null) killGroup(child, signal)
    },
  }
}

/** Without a callback a message to a dead child would be an unhandled error; its exit event tells what matters. */
function ignoreLoss(): void {
  return
}
