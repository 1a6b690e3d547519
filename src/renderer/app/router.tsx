import type { RouterHistory } from '@tanstack/react-router'
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { BrokenPage } from '../pages/BrokenPage.tsx'
import { ComposePage } from '../pages/ComposePage.tsx'
import { Frame } from './Frame.tsx'
import { Missing } from './Missing.tsx'

const root = createRootRoute({ component: Frame, notFoundComponent: Missing, errorComponent: BrokenPage })

const compose = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: ({ connect }): { connect?: string } => (typeof connect === 'string' ? { connect } : {}),
  component: ComposePage,
})

const tasks = createRoute({
  getParentRoute: () => root,
  path: '/tasks',
  validateSearch: ({ record }): { record?: string } => (typeof record === 'string' ? { record } : {}),
  component: lazyRouteComponent(() => import('../pages/TasksPage.tsx'), 'TasksPage'),
})

const history = createRoute({
  getParentRoute: () => root,
  path: '/history',
  component: lazyRouteComponent(() => import('../pages/HistoryPage.tsx'), 'HistoryPage'),
})

const routeTree = root.addChildren([compose, tasks, history])

/** Hash addresses: the same under `app://` and on any path of a web host. */
export const createAppRouter = (addresses: RouterHistory) =>
  createRouter({
    routeTree,
    history: addresses,
    defaultErrorComponent: BrokenPage,
    defaultPendingMs: 150,
    defaultPreload: 'intent',
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
