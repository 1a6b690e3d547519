import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import type { i18n } from 'i18next'
import { I18nextProvider } from 'react-i18next'
import { cspNonce } from '../hooks/cspNonce.ts'
import { StudioProvider } from '../studio/index.ts'
import type { Studio } from '../studio/index.ts'
import { cssVariables, theme } from '../theme/index.ts'
import type { createAppRouter } from './router.tsx'

interface AppProps {
  readonly studio: Studio
  readonly queryClient: QueryClient
  readonly i18n: i18n
  readonly router: ReturnType<typeof createAppRouter>
}

/** Everything the pages stand on, in one place. */
export function App({ studio, queryClient, i18n, router }: AppProps) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={cspNonce}
    >
      <I18nextProvider i18n={i18n}>
        <QueryClientProvider client={queryClient}>
          <StudioProvider studio={studio}>
            <RouterProvider router={router} />
          </StudioProvider>
        </QueryClientProvider>
      </I18nextProvider>
    </MantineProvider>
  )
}
