import './tasks.css'
import { Button, Skeleton } from '@mantine/core'
import { IconListCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { StateMessage } from '../../components/StateMessage.tsx'
import { useDelayed } from '../../hooks/useDelayed.ts'
import { useNow } from '../../hooks/useNow.ts'
import { toAppError, useStudio } from '../../studio/index.ts'
import { ActiveTask } from './ActiveTask.tsx'
import { FinishedTask } from './FinishedTask.tsx'
import { groupTasks, isActive } from './groups.ts'

/** What goes on now, and what ended today. */
export function TasksView() {
  const { queries } = useStudio()
  const { t } = useTranslation()
  const tasks = useQuery(queries.tasks.list.queryOptions())
  const late = useDelayed(tasks.isPending)
  const now = useNow(1_000, tasks.data?.some(isActive) ?? false)
  if (tasks.isError) {
    return (
      <div className="page-note-area">
        <ErrorNote what={t('tasks.failed')} error={toAppError(tasks.error)} onRetry={() => void tasks.refetch()} />
      </div>
    )
  }
  if (tasks.data === undefined) return late ? <TasksSkeleton /> : null
  const groups = groupTasks(tasks.data, now)
  if (groups.length === 0) return <NoTasks />
  return (
    <div className="task-groups">
      {groups.map(({ group, records }) => (
        <section key={group} className="task-group" aria-label={t(`tasks.groups.${group}`)}>
          <h2 className="group-title">
            {t(`tasks.groups.${group}`)}
            <span className="group-count tabular">{records.length}</span>
          </h2>
          <ul className="task-list" data-compact={group === 'finished'}>
            {records.map((record) => (
              <li key={record.id}>
                {group === 'finished' ? (
                  <FinishedTask record={record} nowMs={now} />
                ) : (
                  <ActiveTask record={record} nowMs={now} />
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

function NoTasks() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  return (
    <StateMessage
      icon={<IconListCheck size={32} stroke={1.25} />}
      title={t('tasks.empty')}
      text={t('tasks.emptyHint')}
      action={<Button onClick={() => void navigate({ to: '/' })}>{t('tasks.toCompose')}</Button>}
    />
  )
}

function TasksSkeleton() {
  return (
    <div className="task-groups" aria-hidden>
      <div className="task-group task-list">
        {['one', 'two', 'three'].map((key) => (
          <div key={key} className="task task-skeleton">
            <Skeleton height={14} width="28%" />
            <Skeleton height={10} width="18%" />
            <Skeleton height={12} />
            <Skeleton height={10} width="40%" />
          </div>
        ))}
      </div>
    </div>
  )
}
