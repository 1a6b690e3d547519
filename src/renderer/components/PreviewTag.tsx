import { IconEyeExclamation } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Tip } from './Tip.tsx'

/** Said wherever an output of the preview engine is shown: the lips are not synced. */
export function PreviewTag({ onMedia = false }: { readonly onMedia?: boolean }) {
  const { t } = useTranslation()
  return (
    <Tip label={t('common.previewTagHint')} multiline maw={260}>
      <span className={onMedia ? 'preview-tag preview-tag-media' : 'preview-tag'}>
        <IconEyeExclamation size={13} aria-hidden />
        {t('common.previewTag')}
      </span>
    </Tip>
  )
}
