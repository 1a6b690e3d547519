import { basename, isAbsolute } from 'node:path'
import { z } from 'zod'
import type { WebFrameMain } from 'electron'
import { AppError } from '../../shared/index.ts'
import { IPC_CHANNELS } from '../../protocol/platform/names.ts'
import type { Ipc } from './guard.ts'

export interface PageChannels {
  /** Gives the page a port to the studio. */
  readonly connect: (frame: WebFrameMain, id: string) => void
  /** Tells the studio of a file, answers its handle. */
  readonly registerPath: (path: string) => Promise<string>
}

const MAX_PATH = 32_768

/** Everything the page can ask of main: a port, and a handle for a file it was given. Nothing opens or reads a path. */
export function servePage(ipc: Ipc, channels: PageChannels): void {
  ipc.handle(IPC_CHANNELS.connect, z.uuid(), (id, frame) => {
    channels.connect(frame, id)
  })
  ipc.handle(IPC_CHANNELS.registerFile, z.string().max(MAX_PATH), (path) => {
    // A file that is not of this disk (made by a script, dragged from another page) has no path.
    if (!isAbsolute(path)) throw new AppError('NOT_A_FILE', { data: { file: basename(path) } })
    return channels.registerPath(path)
  })
}
