import { Counter, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import { isErrand } from '../queue/errand.ts'
import type { QueueChange, QueuePort, StoredTask } from '../queue/port.ts'
import { seconds } from './gauge.ts'

const WAIT_BUCKETS_S = [0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400]
const RUN_BUCKETS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200]
/** Engines name themselves; more of them than this are told together. */
const MAX_ENGINES = 32
const OTHER = 'other'

/** Counts what happens to tasks, from the log of their stored changes. */
export function watchTasks(registry: Registry, queue: Pick<QueuePort, 'onChange'>): () => void {
  const counters = createCounters(registry)
  const wait = new Histogram({
    name: 'dhs_task_wait_seconds',
    help: 'From the submit to the first run that a worker accepted.',
    buckets: WAIT_BUCKETS_S,
    registers: [registry],
  })
  const run = new Histogram({
    name: 'dhs_task_run_seconds',
    help: 'Length of runs that made a video, by engine.',
    labelNames: ['engine'],
    buckets: RUN_BUCKETS_S,
    registers: [registry],
  })
  const engineLabel = boundedLabel(MAX_ENGINES)
  return queue.onChange((change) => {
    const { cause, task } = change
    // One that waited for its server for days is no wait of a person, and none of them makes a video.
    if (isErrand(task)) return
    counters.count(change)
    if (cause === 'accept' && task.attempts === 1) wait.observe(elapsed(task.createdAtMs, task.startedAtMs))
    if (cause === 'succeed')
      run.observe({ engine: engineLabel(task.engine) }, elapsed(task.startedAtMs, task.finishedAtMs))
  })
}

function createCounters(registry: Registry): { count(change: QueueChange): void } {
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers: [registry] })
  const byCause: Partial<Record<QueueChange['cause'], Counter>> = {
    submit: counter('dhs_submits_total', 'Tasks taken; a repeat of a request id is not one.'),
    lease: counter('dhs_leases_total', 'Leases given to workers.'),
    release: counter('dhs_leases_returned_total', 'Leases that no worker accepted: rejected, too late, or never sent.'),
    stall: counter(
      'dhs_leases_lost_total',
      'Runs whose worker vanished or stood still; the last one of a dead task is not in it.',
    ),
    retry: counter('dhs_task_retries_total', 'Runs that failed and are tried again.'),
  }
  const finished = new Counter({
    name: 'dhs_tasks_finished_total',
    help: 'Tasks that ended, by their state.',
    labelNames: ['state'],
    registers: [registry],
  })
  const failed = new Counter({
    name: 'dhs_tasks_failed_total',
    help: 'Tasks that ended without a video but were not cancelled, by the code of the reason.',
    labelNames: ['code'],
    registers: [registry],
  })
  return {
    count({ cause, task }) {
      byCause[cause]?.inc()
      if (!isEndOf(cause, task)) return
      finished.inc({ state: task.state })
      if (task.failure !== null && FAILED.has(task.state)) failed.inc({ code: task.failure.code })
    },
  }
}

const FAILED: ReadonlySet<StoredTask['state']> = new Set(['failed', 'expired', 'dead'])
const ENDS: ReadonlySet<QueueChange['cause']> = new Set([
  ...(['succeed', 'fail', 'bury', 'confirmCancel', 'giveUpCancel', 'expire'] as const),
])

/** A cancel ends a waiting task, and only asks of a running one. */
function isEndOf(cause: QueueChange['cause'], task: StoredTask): boolean {
  return ENDS.has(cause) || (cause === 'cancel' && task.state === 'cancelled')
}

/** Keeps the first names it is given; what comes later is `other`. */
export function boundedLabel(max: number): (name: string | null) => string {
  const known = new Set<string>()
  return (name) => {
    if (name === null) return 'unknown'
    if (known.size < max) known.add(name)
    return known.has(name) ? name : OTHER
  }
}

/** Wall clocks jump: no time is negative. */
function elapsed(fromMs: number | null, toMs: number | null): number {
  return fromMs === null || toMs === null ? 0 : seconds(Math.max(0, toMs - fromMs))
}
