// P6: a claim at the queue's port with 1,000, 100,000 and 1,000,000 tasks queued, each durable before its answer.
import type { QueuePort } from '../src/gateway/index.ts'
import { runRounds } from './measure/rounds.ts'
import type { Variant } from './measure/rounds.ts'
import { GIB, makeScratch } from './measure/scratch.ts'
import { inFlight, openPortQueue, submitOne, TASK_TYPE } from './queue/portTasks.ts'
import { compare } from './report/row.ts'
import type { Figure } from './report/row.ts'
import { runRowScript } from './report/rowScript.ts'

const ROUNDS = 9
const TENANTS = 50
const FILL_IN_FLIGHT = 1_000
const DEPTHS = [1_000, 100_000, 1_000_000] as const
const QUICK_DEPTHS = [1_000, 10_000, 100_000] as const

const JOBS = ['claim', 'submit', 'position'] as const

type Job = (typeof JOBS)[number]

const TITLES: Readonly<Record<Job, string>> = {
  claim: 'claims one by one',
  submit: 'submits one by one',
  position: 'place in line of the last',
}

await runRowScript({
  row: 'P6',
  title: 'a claim, by depth of the queue',
  async measure({ isQuick, log }) {
    const depths = isQuick ? QUICK_DEPTHS : DEPTHS
    const scratch = await makeScratch(4 * GIB)
    const queues = new Map<number, QueuePort>()
    try {
      for (const depth of depths) {
        const queue = await openPortQueue(scratch.path(String(depth)))
        queues.set(depth, queue)
        await inFlight(depth, FILL_IN_FLIGHT, (index) => submitOne(queue, tenantOf(index)))
        log(`${depth} queued`)
      }
      return await measureDepths(queues, isQuick ? 50 : 200)
    } finally {
      for (const queue of queues.values()) await queue.close()
      await scratch.remove()
    }
  },
})

/** Each job at each depth; the depth is the same again before the next. */
async function measureDepths(queues: ReadonlyMap<number, QueuePort>, count: number): Promise<readonly Figure[]> {
  const variants: Record<string, Variant> = {}
  for (const [depth, queue] of queues) {
    const times: Record<Job, Variant> = {
      claim: () => claims(queue, count),
      submit: () => submits(queue, count),
      position: () => positions(queue, count),
    }
    for (const job of JOBS) variants[nameOf(job, depth)] = times[job]
  }
  const samples = await runRounds<string>(variants, { rounds: ROUNDS })
  const [shallow, ...deeper] = [...queues.keys()]
  if (shallow === undefined) return []
  return JOBS.flatMap((job) =>
    deeper.map((depth) => {
      const bar = { text: '≥ 0.9×', isMet: (ours: number, theirs: number): boolean => ours >= 0.9 * theirs }
      const isBar = job === 'claim' && depth === deeper.at(-1)
      const peer = { name: `itself at ${shown(shallow)}`, samples: samples[nameOf(job, shallow)] ?? [] }
      const ours = samples[nameOf(job, depth)] ?? []
      return compare({
        what: `${TITLES[job]}, ${shown(depth)} queued`,
        unit: '/s',
        ours,
        peer,
        ...(isBar ? { bar } : {}),
      })
    }),
  )
}

async function claims(queue: QueuePort, count: number): Promise<number> {
  const perSecond = await rate(count, async () => {
    const leases = await queue.lease({
      ...{ workerId: 'bench-worker', serverId: 'GPU-001', kinds: [TASK_TYPE] },
      ...{ credit: 1, isIdle: true, fleetSlots: 1_000_000 },
    })
    if (leases.length !== 1) throw new Error('a claim found nothing')
  })
  await inFlight(count, count, (index) => submitOne(queue, tenantOf(index)))
  return perSecond
}

async function submits(queue: QueuePort, count: number): Promise<number> {
  const ids: { readonly tenant: string; readonly id: string }[] = []
  const perSecond = await rate(count, async () => {
    const tenant = tenantOf(ids.length)
    ids.push({ tenant, id: await submitOne(queue, tenant) })
  })
  await Promise.all(ids.map(({ tenant, id }) => queue.cancel(tenant, id)))
  return perSecond
}

async function positions(queue: QueuePort, count: number): Promise<number> {
  const tenant = tenantOf(0)
  const id = await submitOne(queue, tenant)
  const perSecond = await rate(count, () => queue.position(id))
  await queue.cancel(tenant, id)
  return perSecond
}

async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  for (let index = 0; index < count; index += 1) await work()
  return count / ((performance.now() - startedAt) / 1_000)
}

function tenantOf(index: number): string {
  return `tenant-${index % TENANTS}`
}

function nameOf(job: Job, depth: number): string {
  return `${job} ${depth}`
}

function shown(depth: number): string {
  return depth.toLocaleString('en')
}
