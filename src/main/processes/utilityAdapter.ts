import { utilityProcess } from 'electron'
import type { MessagePortMain, UtilityProcess } from 'electron'
import type { ChildExit, ChildHandle, SpawnAdapter } from '../../shared/node/index.ts'

export interface UtilityOptions {
  /** Path of the built script. */
  readonly entry: string
  /** Shown in the system's process list and in crash events. */
  readonly serviceName: string
  /** The child's whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Its stdout and stderr: shown (default) or dropped. */
  readonly output?: 'inherit' | 'ignore'
  /** Makes the ports that travel with the first message of every life. */
  readonly firstPorts?: () => MessagePortMain[]
}

export interface UtilityAdapter extends SpawnAdapter {
  /** Sends a message with ports to the life that is there now; false when there is none. */
  post(message: unknown, ports: MessagePortMain[]): boolean
}

/** Children by Electron's `utilityProcess`: plain Node programs with a parent port, and no road to Electron's own API. */
export function utilityAdapter(options: UtilityOptions): UtilityAdapter {
  let current: UtilityProcess | undefined
  return {
    spawn() {
      const child = utilityProcess.fork(options.entry, [], {
        env: { ...options.env },
        serviceName: options.serviceName,
        stdio: options.output ?? 'inherit',
      })
      current = child
      child.once('exit', () => {
        if (current === child) current = undefined
      })
      return handleOf(child, options.firstPorts)
    },
    post(message, ports) {
      current?.postMessage(message, ports)
      return current !== undefined
    },
  }
}

type Signal = Parameters<ChildHandle['kill']>[0]

function handleOf(child: UtilityProcess, firstPorts: () => MessagePortMain[] = () => []): ChildHandle {
  let isFirst = true
  let isOver = false
  let lastSignal: Signal | undefined
  const exit = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code) => {
      isOver = true
      resolve(explainExit(code, lastSignal))
    })
  })
  return {
    get pid() {
      return child.pid
    },
    send(message) {
      if (isOver) return
      const ports = isFirst ? firstPorts() : []
      isFirst = false
      child.postMessage(message, ports)
    },
    onMessage(listener) {
      child.on('message', listener)
    },
    onExit(listener) {
      void exit.then(listener)
    },
    kill(signal) {
      if (isOver) return
      lastSignal = signal
      if (signal === 'SIGTERM') child.kill()
      else killHard(child)
    },
  }
}

/** Electron's own kill is SIGTERM only, which a hung child ignores. */
function killHard(child: UtilityProcess): void {
  if (child.pid === undefined) {
    child.once('spawn', () => {
      killHard(child)
    })
    return
  }
  try {
    process.kill(child.pid, 'SIGKILL')
  } catch {
    // It ended in this very moment; its exit event is on the way.
  }
}

const SIGNAL_NUMBERS = { SIGTERM: 15, SIGKILL: 9 } as const

/** The exit event has one number: a code, or the signal's number (plain, or 128 more as shells count). */
function explainExit(code: number, lastSignal: Signal | undefined): ChildExit {
  if (lastSignal === undefined) return { code, signal: null }
  const number = SIGNAL_NUMBERS[lastSignal]
  const isBySignal = lastSignal === 'SIGKILL' || code === number || code === number + 128
  return isBySignal ? { code: null, signal: lastSignal } : { code, signal: null }
}
