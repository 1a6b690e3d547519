import { ActionIcon, Menu } from '@mantine/core'
import {
  IconCopyPlus,
  IconDots,
  IconDownload,
  IconFolder,
  IconInfoCircle,
  IconRefresh,
  IconTrash,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { isRecordEnd } from '../../../protocol/studio/phases.ts'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { useOverlays } from '../../hooks/overlays.ts'
import { useRecordActions } from '../../hooks/useRecordActions.ts'
import { useStudio } from '../../studio/index.ts'
import { SaveItem } from './SaveItem.tsx'

/** Everything that can be done with an entry. */
export function RecordMenu({ record }: { readonly record: TaskRecord }) {
  const { t } = useTranslation()
  return (
    <div className="record-menu" onClick={(event) => event.stopPropagation()}>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon className="record-menu-button" aria-label={`${t('common.more')}: ${record.name}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <MenuItems record={record} />
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}

function MenuItems({ record }: { readonly record: TaskRecord }) {
  const { t } = useTranslation()
  const { queries } = useStudio()
  const actions = useRecordActions()
  const show = useOverlays((overlays) => overlays.show)
  const capabilities = useQuery(queries.info.queryOptions()).data?.capabilities
  const ended = isRecordEnd(record.phase)
  const hasFile = record.output !== null && !record.output.missing
  return (
    <>
      {hasFile && <SaveItem record={record} icon={<IconDownload size={15} />} />}
      {hasFile && capabilities?.revealInFolder === true && (
        <Menu.Item leftSection={<IconFolder size={15} />} onClick={() => void actions.reveal(record)}>
          {t('history.reveal')}
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconCopyPlus size={15} />} onClick={() => void actions.composeAgain(record)}>
        {t('history.again')}
      </Menu.Item>
      {ended && record.phase !== 'done' && (
        <Menu.Item leftSection={<IconRefresh size={15} />} onClick={() => void actions.retry(record)}>
          {t('tasks.retry')}
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconInfoCircle size={15} />} onClick={() => show({ details: record.id })}>
        {t('history.details')}
      </Menu.Item>
      {ended && (
        <>
          <Menu.Divider />
          <Menu.Item
            color="danger"
            leftSection={<IconTrash size={15} />}
            onClick={() => void actions.remove(record, false)}
          >
            {t('history.delete')}
          </Menu.Item>
          {hasFile && (
            <Menu.Item
              color="danger"
              leftSection={<IconTrash size={15} />}
              onClick={() => void actions.remove(record, true)}
            >
              {t('history.deleteWithFile')}
            </Menu.Item>
          )}
        </>
      )}
    </>
  )
}
