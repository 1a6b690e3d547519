import type { Language } from '../../protocol/errors/index.ts'
import type { ServerEvents } from '../../protocol/events/index.ts'
import type { TaskProgress } from '../../protocol/task/index.ts'
import type { Timer } from '../../shared/index.ts'
import type { GatewayParts } from '../parts.ts'
import { isErrand } from '../queue/errand.ts'
import type { QueueChange } from '../queue/port.ts'
import { ProgressCoalescer } from './progressCoalescer.ts'
import { StatusCoalescer } from './statusCoalescer.ts'

export const LANGUAGES: readonly Language[] = ['en', 'zh-CN']

/** Where news go: the rooms of the Socket.IO door. */
export interface Audience {
  taskUpdated(tenant: string, language: Language, body: ServerEvents['task.updated']): void
  taskProgress(tenant: string, body: TaskProgress): void
  gpuStatus(body: ServerEvents['gpu.status']): void
  queueStats(body: ServerEvents['queue.stats']): void
  hasReaders(tenant: string, language: Language): boolean
}

/** Turns the queue's and the fleet's changes into events, each tenant's in the order of its log. */
export function startFeed(parts: GatewayParts, audience: Audience): { stop(): void } {
  const progress = new ProgressCoalescer(parts.clock, parts.timings.progressEveryMs, (news) => {
    audience.taskProgress(news.tenant, news.progress)
  })
  const status = new StatusCoalescer(parts.clock, parts.timings.statsEveryMs, (newest) => {
    audience.gpuStatus(newest)
  })
  let inOrder: Promise<void> = Promise.resolve()
  let statsTimer: Timer | undefined

  const tell = async (change: QueueChange): Promise<void> => {
    // The log leaves it out, too.
    if (isErrand(change.task)) return
    for (const language of LANGUAGES) {
      if (!audience.hasReaders(change.tenant, language)) continue
      const task = await parts.views.of(change.task, language)
      audience.taskUpdated(change.tenant, language, { cursor: change.cursor, kind: 'task.updated', task })
    }
  }
  const tellStats = async (): Promise<void> => {
    const counts = await parts.queue.counts()
    audience.queueStats({ queued: counts.queued, running: counts.running + counts.leased + counts.cancelling })
  }
  const logged = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      // An event is a hint: the client's next `tasks.since` brings what was lost here.
      parts.log.error('an event could not be told', { error })
    })

  const leave = [
    parts.queue.onChange((change) => {
      inOrder = inOrder.then(() => logged(tell(change)))
      statsTimer ??= parts.clock.setTimer(() => {
        statsTimer = undefined
        void logged(tellStats())
      }, parts.timings.statsEveryMs)
    }),
    parts.progress.on((news) => {
      progress.push(news)
    }),
    parts.fleet.onChange((newest) => {
      status.push(newest)
    }),
  ]

  return {
    stop() {
      for (const unsubscribe of leave) unsubscribe()
      statsTimer?.cancel()
      progress.stop()
      status.stop()
    },
  }
}
