import { useMediaQuery } from '@mantine/hooks'
import { IconHistory, IconListCheck, IconSparkles } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ConnectionButton } from '../features/connection/index.ts'
import { isActive } from '../features/tasks/index.ts'
import { useStudio } from '../studio/index.ts'
import { AppMark } from './AppMark.tsx'
import { PreferencesMenu } from './PreferencesMenu.tsx'
import { Tip } from '../components/Tip.tsx'

const ITEMS = [
  { to: '/', key: 'compose', icon: IconSparkles },
  { to: '/tasks', key: 'tasks', icon: IconListCheck },
  { to: '/history', key: 'history', icon: IconHistory },
] as const

/** Below this the side bar is a rail of icons. Kept in step with frame.css. */
const RAIL = '(max-width: 1080px)'

export function Nav() {
  const { t } = useTranslation()
  const rail = useMediaQuery(RAIL)
  const active = useActiveCount()
  return (
    <header className="side">
      <div className="brand">
        <AppMark />
        <span className="brand-name">{t('app.name')}</span>
      </div>
      <nav className="nav" aria-label={t('nav.label')}>
        {ITEMS.map(({ to, key, icon: Icon }) => (
          <Tip key={key} label={rail ? t(`nav.${key}`) : null} position="right">
            <Link to={to} className="nav-item" activeOptions={{ exact: true, includeSearch: false }} preload="intent">
              <Icon size={18} stroke={1.75} aria-hidden />
              <span className="nav-name">{t(`nav.${key}`)}</span>
              {key === 'tasks' && active > 0 && (
                <span className="nav-badge tabular" aria-label={t('nav.active', { count: active })}>
                  {active}
                </span>
              )}
            </Link>
          </Tip>
        ))}
      </nav>
      <div className="side-foot">
        <ConnectionButton />
        <PreferencesMenu />
      </div>
    </header>
  )
}

function useActiveCount(): number {
  const { queries } = useStudio()
  return (
    useQuery({ ...queries.tasks.list.queryOptions(), select: (records) => records.filter(isActive).length }).data ?? 0
  )
}
