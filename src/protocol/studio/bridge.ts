import type { IpcAnswer } from '../platform/names.ts'

/** What the preload puts on `window` as `BRIDGE_KEY`; absent in a browser. `File` is the page's own type. */
export interface StudioBridge<File = unknown> {
  readonly door: 'electron'
  /**
   * Asks for a new port to the studio. A port cannot cross the context bridge as a value, so it arrives as a
   * window message `{kind: PORT_MESSAGE, id}` with the port transferred; rejects when the studio cannot be reached.
   */
  connect(id: string): Promise<void>
  /**
   * Tells the studio of a dropped or chosen file and answers its handle; the page never learns the path. A refusal is
   * a value, because a rejection loses its code on the way through the context bridge.
   */
  registerFile(file: File): Promise<IpcAnswer<string>>
}

export const BRIDGE_KEY = 'dhs'

export const PORT_MESSAGE = 'dhs.port'
