import { AppError } from '../../../shared/index.ts'
import type { Clock } from '../../../shared/index.ts'
import type { GatewayLink } from '../../connection/index.ts'
import type { Ledger, StoredInput, StoredRecord } from '../../history/index.ts'
import type { HashCache, Transfers } from '../../transfer/index.ts'
import type { RecordEvent } from '../recordMachine.ts'

export interface ActionDeps {
  readonly ledger: Ledger
  readonly hashCache: HashCache
  readonly transfers: Transfers
  /** Throws while there is no gateway to talk to. */
  readonly link: () => GatewayLink
  /** Whether the engine syncs lips; null when no worker online tells. */
  readonly lipSyncOf: (engine: string | null) => boolean | null
  readonly outputDir: string
  readonly clock: Clock
}

/** One run of one action; `apply` stores what came of it. */
export interface ActionRun {
  readonly record: StoredRecord
  readonly signal: AbortSignal
  readonly apply: (event: RecordEvent) => StoredRecord
  /** The step stands still for a while, and tries again by itself. */
  readonly block: (error: AppError) => void
  /** It moves again; costs nothing while it was not blocked. */
  readonly unblock: () => void
}

/** The gateway that has the task, or the one in use when none has it yet. */
export function ownLink(deps: ActionDeps, record: StoredRecord): GatewayLink {
  const link = deps.link()
  if (record.gateway === null || record.gateway === link.key) return link
  const host = URL.parse(record.gateway)?.host ?? '127.0.0.1'
  throw new AppError('GATEWAY_OTHER', {
    message: 'the task is on another gateway than the one in use',
    data: { host },
    retryable: true,
  })
}

export function digestsOf(input: StoredInput): { readonly md5: string; readonly sha256: string } {
  if (input.digests === null) throw new AppError('INTERNAL', { message: 'the input was not hashed' })
  return input.digests
}

export function taskIdOf(record: StoredRecord): string {
  if (record.taskId === null) throw new AppError('INTERNAL', { message: 'the record has no task' })
  return record.taskId
}
