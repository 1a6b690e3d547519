import { inspect } from 'node:util'
import { AppError, createEmitter } from '../shared/index.ts'
import type { ToChild } from '../protocol/process/index.ts'
import { openParentChannel } from './parentChannel.ts'

type Start = Extract<ToChild, { kind: 'start' }>

export interface RunningPart {
  /** Told to the parent when it is ready. */
  readonly url?: string
  readonly port?: number
  stop(): Promise<void>
}

/** What came with the start message, and what comes after it. */
export interface PartChannel {
  /** Ports that travelled with the start message. */
  readonly ports: readonly unknown[]
  /** Later messages of the parent, but for `stop`; none comes before `ready`. */
  onMessage(listener: (message: ToChild, ports: readonly unknown[]) => void): void
}

/** Waits for the start message of `role`, runs the part, and ends the process when told to or when the parent is gone. */
export function runPart<R extends Start['role']>(
  role: R,
  start: (config: Extract<Start, { role: R }>, channel: PartChannel) => Promise<RunningPart>,
): void {
  const channel = openParentChannel()
  const later = createEmitter<readonly [message: ToChild, ports: readonly unknown[]]>()
  let running: Promise<RunningPart> | undefined

  const stop = async (): Promise<void> => {
    const part = await running?.catch(() => undefined)
    try {
      await part?.stop()
    } catch (error) {
      // What could be closed is closed: it has stopped as it was told to, and says what failed on the way.
      process.stderr.write(`${role} could not stop in order: ${inspect(error)}\n`)
    }
    process.exit(0)
  }
  const begin = async (config: Extract<Start, { role: R }>, ports: readonly unknown[]): Promise<void> => {
    try {
      running = start(config, { ports, onMessage: (listener) => void later.on((sent) => listener(...sent)) })
      const part = await running
      await channel.send({
        kind: 'ready',
        ...(part.url === undefined ? {} : { url: part.url }),
        ...(part.port === undefined ? {} : { port: part.port }),
      })
    } catch (error) {
      await channel.send({ kind: 'failed', error: { ...AppError.from(error).toJSON() } })
      process.exit(1)
    }
  }

  channel.onMessage((message, ports) => {
    if (message.kind === 'stop') void stop()
    else if (message.kind !== 'start') later.emit([message, ports])
    else if (isRole(message, role) && running === undefined) void begin(message, ports)
  })
  channel.onGone(() => void stop())
}

function isRole<R extends Start['role']>(message: Start, role: R): message is Extract<Start, { role: R }> {
  return message.role === role
}
