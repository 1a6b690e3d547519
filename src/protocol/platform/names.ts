import type { AppErrorJson } from '../../shared/index.ts'

// Plain names and types: the preload carries no schema library.

/** Channels between the preload and the main process. */
export const IPC_CHANNELS = {
  /** Page → main, invoke, one UUID: asks for a new port to the studio. */
  connect: 'dhs.connect',
  /** Page → main, invoke, one path: tells the studio of a file; answers its handle. */
  registerFile: 'dhs.registerFile',
  /** Main → page: `{id}` and the port asked for with that id. */
  port: 'dhs.port',
} as const

/** What every invoke answers: Electron would strip a rejected error of its code. */
export type IpcAnswer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: AppErrorJson }
