import { IconPlugConnectedX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { StateMessage } from '../components/StateMessage.tsx'

/** The studio does not know this page: nothing works until it is opened with the right address. */
export function RefusedPage() {
  const { t } = useTranslation()
  return (
    <main className="whole-page">
      <StateMessage
        icon={<IconPlugConnectedX size={32} stroke={1.25} />}
        title={t('link.refusedTitle')}
        text={t('link.refusedText')}
      />
    </main>
  )
}
