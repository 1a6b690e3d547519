import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../components/PageHeader.tsx'
import { ComposeView } from '../features/compose/index.ts'
import { useComposeDraft } from '../hooks/composeDraft.ts'
import { useSettings } from '../hooks/usePreferences.ts'

const FirstRun = lazy(async () => ({ default: (await import('../features/firstRun/index.ts')).FirstRun }))

/** The form; on the very first start, the way to a first video. A file dropped there leads to the form at once. */
export function ComposePage() {
  const { t } = useTranslation()
  const { settings } = useSettings()
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
