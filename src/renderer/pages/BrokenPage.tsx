import { Button } from '@mantine/core'
import { IconMoodConfuzed } from '@tabler/icons-react'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../components/CopyButton.tsx'
import { errorDetails } from '../components/errorDetails.ts'
import { StateMessage } from '../components/StateMessage.tsx'
import { toAppError } from '../studio/index.ts'

/** A fault of ours in one page: the rest of the app stands, the tasks go on. */
export function BrokenPage({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation()
  return (
    <StateMessage
      icon={<IconMoodConfuzed size={32} stroke={1.25} />}
      title={t('errors.crashed')}
      text={t('errors.crashedHint')}
      action={
        <>
          <Button onClick={reset}>{t('errors.reload')}</Button>
          <CopyButton label={t('common.copyDetails')} text={errorDetails(toAppError(error))} />
        </>
      }
    />
  )
}
