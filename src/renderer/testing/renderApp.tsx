import '@testing-library/jest-dom/vitest'
import { notifications } from '@mantine/notifications'
import { cleanup, configure, render } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { createMemoryHistory } from '@tanstack/react-router'
import { afterEach, beforeEach, vi } from 'vitest'
import type { Language } from '../../protocol/errors/index.ts'
import { AppError } from '../../shared/index.ts'
import { App } from '../app/App.tsx'
import { createAppRouter } from '../app/router.tsx'
import { useComposeDraft } from '../hooks/composeDraft.ts'
import { useLayout } from '../hooks/layout.ts'
import { useOverlays } from '../hooks/overlays.ts'
import { createI18n } from '../i18n/index.ts'
import { createFakeStudio } from './fakeStudio.ts'
import { createQueryClient } from '../studio/index.ts'
import type { FakeState } from './fakeState.ts'
import { preparePage } from './page.ts'
import { NOW_MS, sampleSettings } from './samples.ts'

// Two cores and a whole app: states are waited for, however long the machine takes.
configure({ asyncUtilTimeout: 8_000 })

/** Each test of a file that imports this starts with an empty page, fresh stores and the same afternoon. */
beforeEach(() => {
  preparePage()
  vi.setSystemTime(NOW_MS)
  useComposeDraft.setState(useComposeDraft.getInitialState(), true)
  useLayout.setState(useLayout.getInitialState(), true)
  useOverlays.setState(useOverlays.getInitialState(), true)
  notifications.clean()
  localStorage.clear()
})

afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

interface RenderOptions extends Partial<FakeState> {
  readonly at?: string
  readonly language?: Language
}

/** The whole app over an in-memory studio. */
export async function renderApp({ at = '/', language = 'en', ...state }: RenderOptions = {}) {
  // jsdom cannot draw a waveform; without peaks the page plays by its plain bar, as it does without FFmpeg.
  const failures = new Map([['files.peaks', new AppError('FFMPEG_MISSING')], ...(state.failures ?? [])])
  const fake = createFakeStudio({ settings: sampleSettings({ language }), ...state, failures })
  const router = createAppRouter(createMemoryHistory({ initialEntries: [at] }))
  const i18n = await createI18n(language)
  const view = render(<App studio={fake.studio} queryClient={createQueryClient()} i18n={i18n} router={router} />)
  return { fake, router, view, user: userEvent.setup() }
}
