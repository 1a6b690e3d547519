import { useRouter } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../protocol/studio/index.ts'
import { queuedOnScreen, useToast } from '../components/toast.tsx'

/** Tells that a task is in the queue and leads there; on the Tasks page the task itself is the news. */
export function useQueuedToast(): (record: Pick<TaskRecord, 'name'>) => void {
  const showToast = useToast()
  const router = useRouter()
  const { t } = useTranslation()
  return useCallback(
    ({ name }) => {
      if (router.state.location.pathname === '/tasks') return
      const queued = queuedOnScreen() + 1
      showToast({
        queued,
        message: queued === 1 ? t('compose.queued', { name }) : t('compose.queuedMany', { count: queued }),
        action: { label: t('compose.seeTasks'), run: () => void router.navigate({ to: '/tasks' }) },
      })
    },
    [router, showToast, t],
  )
}
