import { rm } from 'node:fs/promises'
import { describeError, pickLanguage } from '../protocol/errors/index.ts'
import { AppError } from '../shared/index.ts'
import { partPath } from './compose/index.ts'
import type { StoredRecord } from './history/index.ts'
import type { StudioParts } from './parts.ts'

/**
 * What happens beside a task: news of the gateway reach the crew; an end makes the poster, tells the person and
 * clears an unfinished download away. None of it can change how the task ended. Returns the way to leave.
 */
export function watchRecords(parts: StudioParts): () => void {
  const { connection, crew, ledger } = parts
  const leaveLedger = ledger.onChange(({ stored, isEnd }) => {
    // An ended record is told again once its poster is there, or when it is restored: its end is dealt with once.
    if (stored !== null && isEnd) void afterEnd(parts, stored)
  })
  const leaveConnection = connection.on((event) => {
    switch (event.kind) {
      case 'task':
        crew.hearTask(event.task)
        return
      case 'progress':
        crew.hearProgress(event.progress)
        return
      case 'online':
      case 'reset':
        crew.wakeAll()
        return
      case 'offline':
        crew.blockFollowers(event.error)
        return
      case 'changed':
        return
    }
  })
  return () => {
    leaveLedger()
    leaveConnection()
  }
}

async function afterEnd(parts: StudioParts, record: StoredRecord): Promise<void> {
  const { log } = parts.config
  try {
    // A step that was given up may still hold the file it wrote to.
    await parts.crew.settled(record.id)
    if (record.output === null) await rm(partPath(record, parts.config.outputDir), { force: true })
    else await parts.media.makePoster(record.output)
    if (record.output !== null) parts.ledger.touch(record.id)
    await notify(parts, record)
  } catch (error) {
    log.info('something beside an ended task did not work', {
      recordId: record.id,
      detail: AppError.from(error).message,
    })
  }
}

/** Cancelling is the person's own doing: nobody has to be told. */
async function notify(parts: StudioParts, record: StoredRecord): Promise<void> {
  if (record.phase === 'cancelled') return
  const chosen = parts.settings.get().language
  const language = pickLanguage(chosen === 'system' ? parts.config.locale : chosen)
  const done = language === 'zh-CN' ? '视频已完成' : 'Your video is ready'
  const body = record.error === null ? done : describeError(record.error, language).message
  await parts.config.platform.notify({ title: record.name, body, recordId: record.id })
}
