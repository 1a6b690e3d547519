import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../protocol/studio/index.ts'
import { useToast } from '../components/toast.tsx'
import { applyRecord, applyRemoval, toAppError, useStudio } from '../studio/index.ts'
import { slotOf, useComposeDraft } from './composeDraft.ts'
import { useErrorTeller } from './useErrorText.ts'
import { useQueuedToast } from './useQueuedToast.ts'

export interface RecordActions {
  cancel(record: TaskRecord): Promise<void>
  retry(record: TaskRecord): Promise<void>
  remove(record: TaskRecord, withFile: boolean): Promise<void>
  reveal(record: TaskRecord): Promise<void>
  saveAs(record: TaskRecord): Promise<void>
  composeAgain(record: TaskRecord): Promise<void>
}

/** What a person can do with a record, the same on every page. Failures become a message that says what to do. */
export function useRecordActions(): RecordActions {
  const { client, queries } = useStudio()
  const cache = useQueryClient()
  const tell = useErrorTeller()
  const navigate = useNavigate()
  const showToast = useToast()
  const tellQueued = useQueuedToast()
  const { t } = useTranslation()
  return useMemo(() => {
    const guarded = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work()
      } catch (thrown) {
        const { message, hint } = await tell(toAppError(thrown))
        showToast({ tone: 'danger', message, hint })
      }
    }
    const keep = (record: TaskRecord): void => applyRecord(record, queries, cache)
    const restore = async ({ id }: TaskRecord): Promise<void> => {
      keep(await client.history.restore({ id }))
      await cache.invalidateQueries({ queryKey: queries.history.page.key() })
    }
    return {
      cancel: ({ id }) => guarded(async () => keep(await client.tasks.cancel({ id }))),
      retry: ({ id }) =>
        guarded(async () => {
          const again = await client.tasks.retry({ id })
          keep(again)
          tellQueued(again)
        }),
      remove: (record, withFile) =>
        guarded(async () => {
          await client.history.remove({ id: record.id, withFile })
          applyRemoval(record.id, queries, cache)
          showToast({
            message: t(withFile ? 'history.deletedWithFile' : 'history.deleted', { name: record.name }),
            action: { label: t('common.undo'), run: () => void guarded(() => restore(record)) },
          })
        }),
      reveal: ({ id }) => guarded(() => client.history.reveal({ id })),
      saveAs: ({ id }) =>
        guarded(async () => {
          const { saved } = await client.history.saveAs({ id })
          if (saved) showToast({ message: t('history.saved') })
        }),
      composeAgain: ({ id }) =>
        guarded(async () => {
          const { avatar, voice, options } = await client.history.inputs({ id })
          const draft = useComposeDraft.getState()
          draft.setSlot('avatar', avatar === null ? { kind: 'empty' } : slotOf(avatar))
          draft.setSlot('voice', voice === null ? { kind: 'empty' } : slotOf(voice))
          draft.setOptions({ ...options, name: options.name ?? '' })
          showToast({ message: t(avatar !== null && voice !== null ? 'compose.again' : 'compose.againPart') })
          await navigate({ to: '/' })
        }),
    }
  }, [client, queries, cache, tell, showToast, tellQueued, navigate, t])
}
