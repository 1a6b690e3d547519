import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../components/PageHeader.tsx'
import { TasksView } from '../features/tasks/index.ts'
import { useOverlays } from '../hooks/overlays.ts'

export function TasksPage() {
  const { t } = useTranslation()
  useLinkedRecord()
  return (
    <>
      <PageHeader title={t('tasks.title')} />
      <TasksView />
    </>
  )
}

/** A link or a notification (`#/tasks?record=…`) opens that task's details, once. */
function useLinkedRecord(): void {
  const { record } = useSearch({ from: '/tasks' })
  const navigate = useNavigate()
  useEffect(() => {
    if (record === undefined) return
    useOverlays.getState().show({ player: null, details: record })
    void navigate({ to: '/tasks', search: {}, replace: true })
  }, [record, navigate])
}
