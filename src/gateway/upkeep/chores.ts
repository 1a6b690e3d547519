import { MINUTE_MS } from '../../shared/index.ts'
import type { Assets } from '../assets/index.ts'
import type { Logger } from '../../shared/node/index.ts'
import type { DiskPool } from '../pool/diskPool.ts'
import type { Chore } from './upkeep.ts'

export interface ChoreDeps {
  readonly pool: DiskPool
  readonly assets: Pick<Assets, 'sweep'>
  readonly log: Logger
}

/** What keeps a pool in order: assets first, for a file whose asset goes is nobody's any more. */
export function poolChores({ pool, assets, log }: ChoreDeps): readonly Chore[] {
  return [
    {
      name: 'assets and pool',
      everyMs: 5 * MINUTE_MS,
      async run(signal) {
        try {
          await assets.sweep(signal)
        } catch (error) {
          // It writes to the database; much of what the pool removes needs no write, and makes room for one.
          if (!signal.aborted) log.error('the assets could not be swept; they are tried again', { error })
        }
        const { temporaries, expired, unindexed, areAgesBelieved } = await pool.sweep(signal)
        if (!areAgesBelieved) log.warn('the clock leapt by days: nothing is removed for its age in the next hours')
        if (temporaries + expired + unindexed > 0) log.info('pool swept', { temporaries, expired, unindexed })
      },
    },
    {
      name: 'scrub',
      everyMs: MINUTE_MS,
      async run(signal) {
        while (!signal.aborted && (await pool.scrubNext(signal)));
      },
    },
  ]
}
