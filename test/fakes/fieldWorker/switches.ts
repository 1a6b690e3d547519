/** What a fake field worker does wrong; each can be changed while it runs. */
export interface FieldSwitches {
  /** So many acceptances get lost: the job is taken, its request id is remembered, nothing is said. */
  loseAcceptances: number
  /** A job whose inputs it runs with is looked for among the finished ones first. */
  cache: boolean
  /** Percent goes down in the middle of a run, and frames are made up. */
  wobble: boolean
  /** It runs and runs. */
  hang: boolean
  /** A run ends with these words instead of a result. */
  failWith: string | null
  result: 'ok' | 'missing' | 'empty' | 'truncated'
  /** So many answers of its HTTP side are a 500 with a page that is no JSON. */
  garbage: number
  /** Every request is answered so much later, milliseconds. */
  slowMs: number
  /** The next upload arrives with other bytes. */
  damageUpload: boolean
  initialized: boolean
  /** Pings of the WebSocket get an answer. */
  answersPings: boolean
}

export const FAULTLESS: FieldSwitches = {
  loseAcceptances: 0,
  cache: true,
  wobble: false,
  hang: false,
  failWith: null,
  result: 'ok',
  garbage: 0,
  slowMs: 0,
  damageUpload: false,
  initialized: true,
  answersPings: true,
}
