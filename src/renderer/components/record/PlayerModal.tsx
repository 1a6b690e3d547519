import { Button, Modal, Skeleton } from '@mantine/core'
import { IconCopyPlus, IconDownload, IconFolder, IconInfoCircle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { useFormat } from '../../hooks/useLanguage.ts'
import { useOverlays } from '../../hooks/overlays.ts'
import { useRecordActions } from '../../hooks/useRecordActions.ts'
import { toAppError, useStudio } from '../../studio/index.ts'
import { ErrorNote } from '../ErrorNote.tsx'
import { VideoPlayer } from '../media/VideoPlayer.tsx'
import { PreviewTag } from '../PreviewTag.tsx'
import { downloadUrl } from './downloadUrl.ts'
import { useRecord } from './useRecord.ts'

/** A finished video over the page: plays at once, Escape closes. */
export function PlayerModal({ id }: { readonly id: string }) {
  const { t } = useTranslation()
  const show = useOverlays((overlays) => overlays.show)
  const { data: record, error } = useRecord(id)
  return (
    <Modal
      opened
      onClose={() => show({ player: null })}
      size="auto"
      padding={0}
      title={record?.name ?? ''}
      classNames={{ content: 'player-modal', header: 'player-modal-header', title: 'player-modal-title' }}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {error !== null && <ErrorNote error={toAppError(error)} />}
      {record === undefined ? <Skeleton className="player-modal-picture" radius={0} /> : <Played record={record} />}
    </Modal>
  )
}

function Played({ record }: { readonly record: TaskRecord }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { output } = record
  const poster = output?.posterUrl ?? null
  const size = output === null ? {} : { '--ratio': output.width / Math.max(1, output.height) }
  return (
    <>
      <div className="player-modal-picture" style={size}>
        <VideoPlayer
          src={output?.mediaUrl ?? ''}
          label={record.name}
          durationMs={output?.durationMs ?? 0}
          autoPlay
          {...(poster === null ? {} : { poster })}
          {...(record.lipSync === false ? { tag: <PreviewTag onMedia /> } : {})}
        />
      </div>
      <footer className="player-modal-footer">
        {output !== null && (
          <span className="player-modal-meta tabular">
            {[
              format.length(output.durationMs),
              t('media.video', { width: output.width, height: output.height }),
              format.bytes(output.sizeBytes),
            ].join('  ·  ')}
          </span>
        )}
        <PlayedActions record={record} />
      </footer>
    </>
  )
}

function PlayedActions({ record }: { readonly record: TaskRecord }) {
  const { t } = useTranslation()
  const { queries } = useStudio()
  const show = useOverlays((overlays) => overlays.show)
  const actions = useRecordActions()
  const capabilities = useQuery(queries.info.queryOptions()).data?.capabilities
  const url = downloadUrl(record)
  return (
    <div className="player-modal-actions">
      <Button
        variant="subtle"
        color="gray"
        leftSection={<IconInfoCircle size={16} />}
        onClick={() => show({ player: null, details: record.id })}
      >
        {t('history.details')}
      </Button>
      <Button
        variant="subtle"
        color="gray"
        leftSection={<IconCopyPlus size={16} />}
        onClick={() => {
          show({ player: null })
          void actions.composeAgain(record)
        }}
      >
        {t('history.again')}
      </Button>
      {capabilities?.revealInFolder === true && (
        <Button variant="default" leftSection={<IconFolder size={16} />} onClick={() => void actions.reveal(record)}>
          {t('history.reveal')}
        </Button>
      )}
      {capabilities?.saveAs === true && (
        <Button leftSection={<IconDownload size={16} />} onClick={() => void actions.saveAs(record)}>
          {t('history.saveAs')}
        </Button>
      )}
      {capabilities?.saveAs === false && url !== null && (
        <Button component="a" href={url} download={record.output?.fileName} leftSection={<IconDownload size={16} />}>
          {t('history.download')}
        </Button>
      )}
    </div>
  )
}
