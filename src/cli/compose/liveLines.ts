import type { Language } from '../../protocol/errors/index.ts'
import type { TaskRecord } from '../../protocol/studio/index.ts'
import type { Io } from '../io.ts'
import { progressText } from './sentences.ts'
import { stageEvent } from './stageEvents.ts'
import type { StageEvent } from './stageEvents.ts'

/** Tells the stages of a task as they come. */
export interface StageTeller {
  tell(record: TaskRecord): void
  /** Leaves the cursor on a fresh line. */
  end(): void
}

/** One JSON object per change. */
export function createJsonTeller(io: Io, language: Language): StageTeller {
  let last = ''
  return {
    tell(record) {
      const event = stageEvent(record, language)
      if (event === undefined) return
      const line = JSON.stringify(event)
      if (line !== last) io.out(`${line}\n`)
      last = line
    },
    end: () => undefined,
  }
}

/** One line per stage: rewritten in place on a terminal, written once per sentence elsewhere. */
export function createLineTeller(io: Io, language: Language): StageTeller {
  let shown: Pick<StageEvent, 'stage' | 'message'> | undefined
  let isOpen = false
  const isNew = (event: StageEvent): boolean => event.stage !== shown?.stage || event.message !== shown.message
  return {
    tell(record) {
      const event = stageEvent(record, language)
      if (event === undefined) return
      if (!io.isTty) {
        if (isNew(event)) io.out(`${event.message}\n`)
        shown = event
        return
      }
      if (isOpen && event.stage !== shown?.stage) io.out('\n')
      const line = `${event.message}  ${progressText(record, language)}`.trimEnd()
      io.out(`\r\u001B[2K${line.slice(0, Math.max(20, io.columns - 1))}`)
      shown = event
      isOpen = true
    },
    end() {
      if (isOpen) io.out('\n')
      isOpen = false
    },
  }
}
