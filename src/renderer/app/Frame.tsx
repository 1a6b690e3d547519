import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { DropAnywhere } from '../features/compose/index.ts'
import { Banners } from '../features/connection/index.ts'
import { useApplyPreferences } from '../hooks/usePreferences.ts'
import { RefusedPage } from '../pages/RefusedPage.tsx'
import { useLinkState } from '../studio/index.ts'
import { Nav } from './Nav.tsx'
import { Overlays } from './Overlays.tsx'

// Messages wait in their store until the part that shows them is there.
const Toasts = lazy(async () => ({ default: (await import('./Toasts.tsx')).Toasts }))

/** Side bar, banner, page, and what lies over it. */
export function Frame() {
  const { t } = useTranslation()
  useApplyPreferences()
  if (useLinkState() === 'refused') return <RefusedPage />
  return (
    <div className="frame">
      <a
        className="skip-link"
        href="#main"
        onClick={(event) => {
          // The address belongs to the router.
          event.preventDefault()
          document.getElementById('main')?.focus()
        }}
      >
        {t('app.skip')}
      </a>
      <Nav />
      <div className="frame-body">
        <Banners />
        <main id="main" className="page" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <DropAnywhere />
      <Overlays />
      <Suspense>
        <Toasts />
      </Suspense>
    </div>
  )
}
