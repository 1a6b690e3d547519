/** The only file with `ipcMain`: every channel goes through the same checks, and every answer is an `IpcAnswer`. */
import { ipcMain } from 'electron'
import type { WebFrameMain } from 'electron'
import type { z } from 'zod'
import { AppError } from '../../shared/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { IpcAnswer } from '../../protocol/platform/names.ts'
import { isAppOrigin } from '../session/index.ts'
import { createRateLimit } from './rateLimit.ts'

const RATE = { perSecond: 50, burst: 100 }

export interface IpcDeps {
  readonly clock: Clock
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
}

export interface Ipc {
  /** Serves one channel. `frame` is the page that asks, checked. Throwing an AppError refuses with its code. */
  handle<I, O>(channel: string, schema: z.ZodType<I>, handler: (input: I, frame: WebFrameMain) => O | Promise<O>): void
  /** Removes every channel. */
  close(): void
}

export function createIpc(deps: IpcDeps): Ipc {
  const rate = createRateLimit(RATE, deps.clock)
  const channels: string[] = []

  const answer = async <T>(channel: string, run: () => Promise<T>): Promise<IpcAnswer<T>> => {
    try {
      return { ok: true, value: await run() }
    } catch (thrown) {
      const error = AppError.from(thrown)
      deps.log('ipc.refused', { channel, code: error.code, ...(error.code === 'INTERNAL' ? { error: thrown } : {}) })
      // What was not foreseen may name paths of this PC: the page gets the code, the log the rest.
      return { ok: false, error: error.code === 'INTERNAL' ? new AppError('INTERNAL').toJSON() : error.toJSON() }
    }
  }

  return {
    handle(channel, schema, handler) {
      ipcMain.handle(channel, (event, ...args: unknown[]) =>
        answer(channel, async () => {
          const frame = trustedFrame(event.senderFrame)
          if (!rate.take()) throw new AppError('IPC_RATE', { retryable: true })
          const input = args.length === 1 ? schema.safeParse(args[0]) : undefined
          if (input?.success !== true) throw new AppError('IPC_SCHEMA', { data: { channel } })
          return handler(input.data, frame)
        }),
      )
      channels.push(channel)
    },
    close() {
      for (const channel of channels.splice(0)) ipcMain.removeHandler(channel)
    },
  }
}

/** Null after the frame navigated or died; a sub-frame or another origin has no business here. */
function trustedFrame(frame: WebFrameMain | null): WebFrameMain {
  if (frame?.parent !== null || !isAppOrigin(frame.origin)) throw new AppError('IPC_SENDER')
  return frame
}
