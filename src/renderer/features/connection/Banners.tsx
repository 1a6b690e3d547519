import { Button } from '@mantine/core'
import { IconCloudOff, IconKey, IconPlugConnectedX, IconTool } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../components/CopyButton.tsx'
import { useDelayed } from '../../hooks/useDelayed.ts'
import { useOverlays } from '../../hooks/overlays.ts'
import { useLinkState, useStudio } from '../../studio/index.ts'

/** A break shorter than this is not worth a person's attention. */
const QUIET_MS = 1_500

/** What is not there right now, what still works, and what to do: one line under the top edge, the worst first. */
export function Banners() {
  const { t } = useTranslation()
  const { queries } = useStudio()
  const link = useLinkState()
  const lostForLong = useDelayed(link === 'reconnecting', QUIET_MS)
  const connection = useQuery(queries.connection.get.queryOptions()).data
  const offlineForLong = useDelayed(connection?.state === 'offline', QUIET_MS)
  const info = useQuery(queries.info.queryOptions()).data
  if (lostForLong) {
    return (
      <Banner icon={<IconPlugConnectedX size={16} />} tone="warn" title={t('link.reconnecting')}>
        {t('link.reconnectingHint')}
      </Banner>
    )
  }
  if (connection?.state === 'refused') return <KeyBanner />
  if (offlineForLong) {
    return (
      <Banner icon={<IconCloudOff size={16} />} tone="warn" title={t('connection.offlineTitle')}>
        {t('connection.offlineText')}
      </Banner>
    )
  }
  if (info !== undefined && !info.ffmpeg.found && connection?.kind === 'embedded') {
    return <FfmpegBanner command={info.ffmpeg.installCommand} />
  }
  return null
}

function KeyBanner() {
  const { t } = useTranslation()
  const show = useOverlays((overlays) => overlays.show)
  const action = (
    <Button size="compact-xs" variant="default" onClick={() => show({ connect: { address: null } })}>
      {t('connection.changeKey')}
    </Button>
  )
  return (
    <Banner icon={<IconKey size={16} />} tone="danger" title={t('connection.refusedTitle')} action={action}>
      {t('connection.refusedText')}
    </Banner>
  )
}

function FfmpegBanner({ command }: { readonly command: string | null }) {
  const { t } = useTranslation()
  const action = command === null ? undefined : <CopyButton text={command} label={t('connection.copyCommand')} />
  return (
    <Banner icon={<IconTool size={16} />} tone="warn" title={t('connection.ffmpegTitle')} action={action}>
      {t('connection.ffmpegText')} {command !== null && <code>{command}</code>}
    </Banner>
  )
}

interface BannerProps {
  readonly icon: ReactNode
  readonly tone: 'warn' | 'danger'
  readonly title: string
  readonly action?: ReactNode
  readonly children: ReactNode
}

function Banner({ icon, tone, title, action, children }: BannerProps) {
  return (
    <div className="banner" data-tone={tone} role="status">
      <span className="banner-icon" aria-hidden>
        {icon}
      </span>
      <p className="banner-text">
        <strong>{title}</strong> <span>{children}</span>
      </p>
      {action}
    </div>
  )
}
