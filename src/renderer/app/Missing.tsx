import { Button } from '@mantine/core'
import { IconMap2 } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { StateMessage } from '../components/StateMessage.tsx'

export function Missing() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  return (
    <StateMessage
      icon={<IconMap2 size={32} stroke={1.25} />}
      title={t('errors.notFound')}
      action={<Button onClick={() => void navigate({ to: '/' })}>{t('errors.toCompose')}</Button>}
    />
  )
}
