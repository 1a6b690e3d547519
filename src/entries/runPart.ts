import { AppError } from '../shared/index.ts'
import type { ToChild } from '../protocol/process/index.ts'
import { openParentChannel } from './parentChannel.ts'

type Start = Extract<ToChild, { kind: 'start' }>

export interface RunningPart {
  /** Told to the parent when it is ready. */
  readonly url?: string
  readonly port?: number
  stop(): Promise<void>
}

/** Waits for the start message of `role`, runs the part, and ends the process when told to or when the parent is gone. */
export function runPart<R extends Start['role']>(
  role: R,
  start: (config: Extract<Start, { role: R }>) => Promise<RunningPart>,
): void {
  const channel = openParentChannel()
  let running: Promise<RunningPart> | undefined

  const stop = async (): Promise<void> => {
    const part = await running?.catch(() => undefined)
    await part?.stop()
    process.exit(0)
  }
  const begin = async (config: Extract<Start, { role: R }>): Promise<void> => {
    try {
      running = start(config)
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

  channel.onMessage((message) => {
    if (message.kind === 'stop') void stop()
    else if (message.kind === 'start' && isRole(message, role) && running === undefined) void begin(message)
  })
  channel.onGone(() => void stop())
}

function isRole<R extends Start['role']>(message: Start, role: R): message is Extract<Start, { role: R }> {
  return message.role === role
}
