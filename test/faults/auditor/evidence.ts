import type { ClientFact, PoolFact, WorkerFact } from './facts.ts'

/** One row of the gateway's database, read after recovery. */
export interface StoredTaskRow {
  readonly id: string
  readonly tenant: string
  readonly requestId: string
  readonly digest: string
  readonly state: string
  readonly epoch: number
  readonly settledEpoch: number
  readonly attempts: number
  readonly stalls: number
  readonly version: number
  /** Identities of the inputs. */
  readonly inputs: readonly string[]
  readonly outputSha256: string | null
  readonly failureCode: string | null
}

export interface IndexedFile {
  readonly tenant: string
  readonly md5: string
  readonly sha256: string
  readonly size: number
}

export interface FileOnDisk {
  readonly tenant: string
  /** The name it is visible under. */
  readonly name: string
  readonly md5: string
  readonly sha256: string
  readonly size: number
}

/** The final answer of the API about one task. */
export interface FinalView {
  readonly tenant: string
  readonly taskId: string
  readonly status: number
  readonly state: string | null
  readonly version: number | null
  readonly sha256: string | null
  readonly hasResultUrl: boolean
}

export interface ProcessEnd {
  readonly name: string
  /** Told to end, or killed, by the trial. */
  readonly isExpected: boolean
  readonly code: number | null
  readonly signal: string | null
  /** The end of what it wrote to stderr. */
  readonly lastWords: string
}

/** What a stranger was answered about something of somebody, and about the same of nobody. */
export interface StrangerAnswer {
  readonly what: string
  readonly aboutIt: string
  readonly aboutNothing: string
}

/** What a stranger gets to see without naming anything. */
export interface StrangerView {
  readonly what: string
  readonly text: string
}

export interface Bounds {
  readonly walBytes: number
  readonly openFiles: number | null
  readonly rssBytes: number | null
  /** 99th percentile of the event loop's delay. */
  readonly loopDelayMs: number | null
}

/** Everything the auditor looks at: the ledgers of the outside, and the system's own state after recovery. */
export interface Evidence {
  readonly client: readonly ClientFact[]
  readonly worker: readonly WorkerFact[]
  readonly pool: readonly PoolFact[]
  readonly tasks: readonly StoredTaskRow[]
  readonly index: readonly IndexedFile[]
  readonly files: readonly FileOnDisk[]
  /** Temporary files that no open upload explains. */
  readonly orphans: readonly string[]
  readonly views: readonly FinalView[]
  readonly strangers: readonly StrangerAnswer[]
  readonly strangerSees: readonly StrangerView[]
  readonly ends: readonly ProcessEnd[]
  readonly secrets: readonly { readonly name: string; readonly value: string }[]
  /** Whatever secrets must not be in. */
  readonly texts: readonly { readonly name: string; readonly content: Buffer }[]
  readonly bounds: Bounds
  /** Outcome of SQLite's own check. */
  readonly databaseCheck: string
  readonly expectations: Expectations
}

/** What a trial may relax or add; the defaults are the strict ones. */
export interface Expectations {
  /** Liveness holds only when faults have ended and a worker is healthy. */
  readonly isSettled: boolean
  /** Tasks that kill or hang their worker: at most three executions. */
  readonly poison: ReadonlySet<string>
  /** Files the trial itself damaged: no longer expected under their name. */
  readonly damaged: ReadonlySet<string>
}

export interface Violation {
  readonly invariant: string
  readonly what: string
}
