import './firstRun.css'
import { Button } from '@mantine/core'
import { IconFileCheck, IconMicrophone, IconUserSquareRounded } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { useFormat } from '../../hooks/useLanguage.ts'
import { useSettings } from '../../hooks/usePreferences.ts'
import { applyRecord, toAppError, useLinkState, useStudio } from '../../studio/index.ts'

/** The first screen a person ever sees: one button that makes a video from what ships with the app. */
export function FirstRun() {
  const { t } = useTranslation()
  const { set } = useSettings()
  const linkOpen = useLinkState() === 'open'
  const make = useMakeSample()
  return (
    <div className="first-run">
      <div className="first-run-text">
        <h1 className="first-run-title">{t('firstRun.title')}</h1>
        <p className="first-run-lead">{t('firstRun.text')}</p>
        <SampleSteps />
        {make.error !== null && <ErrorNote error={toAppError(make.error)} />}
        <div className="first-run-actions">
          <Button size="md" loading={make.isPending} disabled={!linkOpen} onClick={() => make.mutate()}>
            {t('firstRun.make')}
          </Button>
          <Button size="md" variant="subtle" onClick={() => set({ firstRunDone: true })}>
            {t('firstRun.own')}
          </Button>
        </div>
      </div>
      <SamplePicture />
    </div>
  )
}

function useMakeSample() {
  const { queries, client } = useStudio()
  const { t } = useTranslation()
  const { set } = useSettings()
  const cache = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: async () => {
      const { avatar, voice } = await cache.query({ ...queries.files.samples.queryOptions(), staleTime: 'static' })
      return client.compose.create({
        avatar: avatar.handle,
        voice: voice.handle,
        options: {
          name: t('firstRun.name'),
          loop: 'restart',
          superResolution: false,
          aiBadge: false,
          priority: 'normal',
        },
      })
    },
    onSuccess: (record) => {
      applyRecord(record, queries, cache)
      set({ firstRunDone: true })
      void navigate({ to: '/tasks' })
    },
  })
}

function SampleSteps() {
  const { t } = useTranslation()
  const format = useFormat()
  const { queries } = useStudio()
  const samples = useQuery(queries.files.samples.queryOptions()).data
  const folder = useQuery(queries.info.queryOptions()).data?.outputFolder ?? '…'
  const length = (ms: number | undefined): string => (ms === undefined ? '' : format.length(ms))
  return (
    <ul className="first-run-steps">
      <li>
        <IconUserSquareRounded size={18} stroke={1.5} aria-hidden />
        {t('firstRun.steps.avatar')}
        <span className="tabular">{length(samples?.avatar.probe?.durationMs)}</span>
      </li>
      <li>
        <IconMicrophone size={18} stroke={1.5} aria-hidden />
        {t('firstRun.steps.voice')}
        <span className="tabular">{length(samples?.voice.probe?.durationMs)}</span>
      </li>
      <li>
        <IconFileCheck size={18} stroke={1.5} aria-hidden />
        {t('firstRun.steps.result', { folder })}
      </li>
    </ul>
  )
}

function SamplePicture() {
  const { queries } = useStudio()
  const samples = useQuery(queries.files.samples.queryOptions()).data
  return (
    <div className="first-run-picture" aria-hidden>
      {samples !== undefined && <video src={samples.avatar.mediaUrl} autoPlay muted loop playsInline tabIndex={-1} />}
    </div>
  )
}
