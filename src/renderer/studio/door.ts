import type { CallLink } from './client.ts'

/** One life of the connection to the studio. */
export interface Carrier {
  readonly link: CallLink
  /** Settles once, when nothing more can be sent. `refused`: the studio does not know this page; trying again is useless. */
  readonly closed: Promise<'lost' | 'refused'>
  close(): void
}

export interface AddFileOptions {
  readonly signal: AbortSignal
  /** 0–1; never called where a file is handed over at once. */
  readonly onProgress: (fraction: number) => void
}

/** What differs between the desktop window and a browser tab. */
export interface Door {
  readonly kind: 'electron' | 'web'
  /** Resolves when requests can be sent; rejects with `DoorRefused` when a person must act. */
  open(signal: AbortSignal): Promise<Carrier>
  /** Makes a file known to the studio and answers its handle. */
  addFile(file: File, options: AddFileOptions): Promise<string>
}

/** The studio does not accept this page: the address lacks the token, or the token is of an earlier start. */
export class DoorRefused extends Error {
  constructor() {
    super('The studio does not accept this page.')
    this.name = 'DoorRefused'
  }
}
