import './app/styles.css'
import { createHashHistory } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/App.tsx'
import { createAppRouter } from './app/router.tsx'
import { cspNonce } from './hooks/cspNonce.ts'
import { firstLanguage } from './hooks/usePreferences.ts'
import { createI18n } from './i18n/index.ts'
import { createQueryClient, openStudio } from './studio/index.ts'

const place = document.getElementById('root')
if (place === null) throw new Error('index.html has no #root')

// Where the scroll lock under dialogs looks for the nonce of its style (package get-nonce).
Object.assign(globalThis, { __webpack_nonce__: cspNonce() })

// First of all: it takes the token out of the address before the router reads it.
const studio = openStudio(window)
const i18n = await createI18n(firstLanguage())

createRoot(place).render(
  <StrictMode>
    <App studio={studio} queryClient={createQueryClient()} i18n={i18n} router={createAppRouter(createHashHistory())} />
  </StrictMode>,
)
