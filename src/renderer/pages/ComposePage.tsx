import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../components/PageHeader.tsx'
import { ComposeView } from '../features/compose/index.ts'
import { useComposeDraft } from '../hooks/composeDraft.ts'
import { useOverlays } from '../hooks/overlays.ts'
import { useSettings } from '../hooks/usePreferences.ts'

const FirstRun = lazy(async () => ({ default: (await import('../features/firstRun/index.ts')).FirstRun }))

/** The form; on the very first start, the way to a first video. A file dropped there leads to the form at once. */
export function ComposePage() {
  const { t } = useTranslation()
  const { settings } = useSettings()
  useLinkedGateway()
  const untouched = useComposeDraft(({ avatar, voice }) => avatar.kind === 'empty' && voice.kind === 'empty')
  if (settings === undefined) return null
  if (!settings.firstRunDone && untouched) {
    return (
      <Suspense>
        <FirstRun />
      </Suspense>
    )
  }
  return (
    <>
      <PageHeader title={t('compose.title')} />
      <ComposeView />
    </>
  )
}

/** A link (`#/?connect=<address>`) opens the connection dialog with that address, once. Only a person connects. */
function useLinkedGateway(): void {
  const { connect } = useSearch({ from: '/' })
  const navigate = useNavigate()
  useEffect(() => {
    if (connect === undefined) return
    useOverlays.getState().show({ player: null, details: null, connect: { address: connect } })
    void navigate({ to: '/', search: {}, replace: true })
  }, [connect, navigate])
}
