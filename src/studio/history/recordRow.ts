/** One row of `records`, as it is read: its place in the history, and the record as JSON. */
export interface RecordRow {
  readonly position: number
  readonly document: string
}
