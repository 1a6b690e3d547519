import type { Registry } from 'prom-client'
import { PRIORITY_CLASSES, TASK_STATES } from '../../protocol/task/index.ts'
import type { QueueAdmin, QueueStatistics, TenantLoad } from '../queue/adminPort.ts'
import { addGauge, addNumber, seconds } from './gauge.ts'
import type { Sample } from './gauge.ts'
import { sharedRead } from './sharedRead.ts'

/** How the queue stands. All gauges of one scrape tell of the same moment. */
export function addQueueGauges(registry: Registry, queue: Pick<QueueAdmin, 'statistics'>, maxTenants: number): void {
  const statistics = sharedRead(() => queue.statistics())
  addGauge(registry, { name: 'dhs_tasks', help: 'Stored tasks by state.', labels: ['state'] }, async () => {
    const { byState } = await statistics()
    return TASK_STATES.map((state) => [{ state }, byState[state]])
  })
  addNumber(registry, { name: 'dhs_leases_live', help: 'Tasks that a worker holds now.' }, async () => {
    const { leased, running, cancelling } = (await statistics()).byState
    return leased + running + cancelling
  })
  addGauge(
    registry,
    { name: 'dhs_queue_tasks', help: 'Waiting tasks by the class they stand in now.', labels: ['class'] },
    async () => {
      const { byClass } = await statistics()
      return PRIORITY_CLASSES.map((name) => [{ class: name }, byClass[name]])
    },
  )
  const numbers: readonly (readonly [name: string, help: string, read: (now: QueueStatistics) => number | null])[] = [
    ['dhs_queue_backing_off', 'Waiting tasks whose pause after a failed run is not over.', (now) => now.backingOff],
    ['dhs_queue_suspects', 'Waiting tasks under which a worker vanished; each runs alone.', (now) => now.suspects],
    ['dhs_queue_paused', '1 while an operator has paused the queue.', (now) => Number(now.paused)],
    [
      'dhs_queue_oldest_wait_seconds',
      'Age of the task that waits longest for any worker; 0 when none waits.',
      (now) => seconds(now.oldestQueuedMs ?? 0),
    ],
  ]
  for (const [name, help, read] of numbers) addNumber(registry, { name, help }, async () => read(await statistics()))
  if (maxTenants > 0) addTenantGauge(registry, statistics, maxTenants)
}

function addTenantGauge(registry: Registry, statistics: () => Promise<QueueStatistics>, maxTenants: number): void {
  const spec = {
    name: 'dhs_tenant_tasks',
    help: 'Waiting and running tasks of the tenants with most of them; the rest is told together as "other".',
    labels: ['tenant', 'state'],
  } as const
  addGauge(registry, spec, async () => tenantSamples((await statistics()).tenants, maxTenants))
}

/** Pure. The label never has more than `maxTenants` + 1 values in one scrape. */
export function tenantSamples(
  tenants: readonly TenantLoad[],
  maxTenants: number,
): readonly Sample<'tenant' | 'state'>[] {
  const sorted = [...tenants].sort((a, b) => b.queued + b.live - (a.queued + a.live) || (a.tenant < b.tenant ? -1 : 1))
  const others = sorted.slice(maxTenants)
  const sum = (read: (load: TenantLoad) => number): number => others.reduce((total, load) => total + read(load), 0)
  const rest = { tenant: 'other', queued: sum(({ queued }) => queued), live: sum(({ live }) => live) }
  const shown = [...sorted.slice(0, maxTenants), ...(others.length === 0 ? [] : [rest])]
  return shown.flatMap(({ tenant, queued, live }) => [
    [{ tenant, state: 'queued' }, queued],
    [{ tenant, state: 'live' }, live],
  ])
}
