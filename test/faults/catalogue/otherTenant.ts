import { join } from 'node:path'
import { createAdminClient } from '../../../src/client/index.ts'
import { openLedger, readLedger } from '../auditor/ledger.ts'
import { createTrialClient } from '../rig/client.ts'
import type { TrialClient } from '../rig/client.ts'
import { writeScript } from '../rig/taskScript.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import { voiceFile } from '../rig/fixtures.ts'

const TENANT = 't-others'
const LIMIT_MS = 30_000
const LOOK_EVERY_MS = 200
/** Tasks of others that wait or run, so that no slot is ever without one. */
const UNDER_WAY = 24
const SHORTEST_MS = 500
const LONGEST_MS = 1_100

export interface OtherTenant {
  /** Ends of runs of its tasks, as the engines noted them, per second between two times of `performance.now()`'s clock. */
  rate(fromMs: number, toMs: number): number
  /** Resolves when so many of its runs have ended. */
  reached(runs: number): Promise<void>
  /** Submits no more; resolves when all it submitted have ended. */
  stop(): Promise<void>
}

/** Keeps all workers of a world busy with tasks of another tenant, which has ledgers of its own. */
export async function startOtherTenant(world: World): Promise<OtherTenant> {
  const client = await otherClient(world)
  const { random } = world
  const signal = AbortSignal.timeout(LIMIT_MS)
  const inputs = {
    voice: await client.upload(voiceFile(random.bytes(32)), '.wav', signal),
    avatar: await client.upload(random.bytes(5_000), '.mp4', signal),
  }
  const taskIds = new Set<string>()
  const over = new AbortController()
  const feed = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const missing = UNDER_WAY - (taskIds.size - endsOf(world, taskIds).length)
      for (let left = missing; left > 0; left -= 1) {
        const name = writeScript({ runMs: random.between(SHORTEST_MS, LONGEST_MS) })
        const order = { requestId: `q_${random.hex(8)}`, ...inputs, name }
        taskIds.add(await client.submitForSure(order, AbortSignal.timeout(LIMIT_MS)))
      }
      await pause(LOOK_EVERY_MS)
    }
  }
  const feeding = feed()
  feeding.catch(() => undefined)
  return {
    rate(fromMs, toMs) {
      const ends = endsOf(world, taskIds).filter((at) => at >= fromMs && at < toMs)
      return (1000 * ends.length) / (toMs - fromMs)
    },
    async reached(runs) {
      while (endsOf(world, taskIds).length < runs) await pause(LOOK_EVERY_MS)
    },
    async stop() {
      over.abort()
      await feeding
      while ((await client.list())?.every((view) => view.finished_at !== null) !== true) await pause(LOOK_EVERY_MS)
    },
  }
}

async function otherClient(world: World): Promise<TrialClient> {
  const { credentials, gateway } = world
  const admin = createAdminClient({ baseUrl: gateway.url, token: credentials.adminToken, language: 'en' })
  const { secret } = await admin.keys.add({ name: 'others', tenant: TENANT })
  const facts = openLedger<'client'>(world.ledgerPath('others-client'))
  const pool = openLedger<'pool'>(world.ledgerPath('others-pool'))
  world.onClose(() => {
    facts.close()
    pool.close()
  })
  return createTrialClient({
    ...{ tenant: TENANT, licenseKey: secret, clock: world.clock, facts, pool },
    baseUrl: () => gateway.url,
    scratchDir: join(world.root, 'scratch'),
  })
}

function endsOf(world: World, taskIds: ReadonlySet<string>): number[] {
  return world.workers
    .flatMap((worker) => readLedger('worker', world.ledgerPath(`worker-${worker.name}`)))
    .flatMap((fact) => (fact.kind === 'finished' && taskIds.has(fact.taskId) ? [fact.at] : []))
}
