import type { GatewayFrame } from '../../protocol/dsp/index.ts'

/** A registered worker's live connection. */
export interface WorkerLink {
  readonly connectionId: number
  readonly workerId: string
  readonly serverId: string
  /** False when the connection is gone; the frame was then not sent. */
  send(frame: GatewayFrame): boolean
  close(closeCode: number, reason: string): void
}
