import { Menu } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { downloadUrl } from '../../components/record/downloadUrl.ts'
import { useRecordActions } from '../../hooks/useRecordActions.ts'
import { useStudio } from '../../studio/index.ts'

/** Save as, where the door has a dialog; else the browser downloads. */
export function SaveItem({ record, icon }: { readonly record: TaskRecord; readonly icon: ReactNode }) {
  const { t } = useTranslation()
  const { queries } = useStudio()
  const actions = useRecordActions()
  const saveAs = useQuery(queries.info.queryOptions()).data?.capabilities.saveAs ?? false
  const url = downloadUrl(record)
  if (saveAs) {
    return (
      <Menu.Item leftSection={icon} onClick={() => void actions.saveAs(record)}>
        {t('history.saveAs')}
      </Menu.Item>
    )
  }
  return url === null ? null : (
    <Menu.Item component="a" href={url} download={record.output?.fileName} leftSection={icon}>
      {t('history.download')}
    </Menu.Item>
  )
}
