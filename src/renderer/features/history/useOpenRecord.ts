import { useCallback } from 'react'
import type { KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { TaskRecord } from '../../../protocol/studio/index.ts'
import { isRecordEnd } from '../../../protocol/studio/phases.ts'
import { useOverlays } from '../../hooks/overlays.ts'
import { useRecordActions } from '../../hooks/useRecordActions.ts'

/** What click, Enter and Delete do to an entry: play what plays, tell about the rest. */
export function useOpenRecord(record: TaskRecord) {
  const { t } = useTranslation()
  const show = useOverlays((overlays) => overlays.show)
  const actions = useRecordActions()
  const plays = record.output !== null && !record.output.missing
  const open = useCallback(() => show(plays ? { player: record.id } : { details: record.id }), [show, plays, record.id])
  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      if (event.target !== event.currentTarget) return
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault()
        open()
      } else if (event.key === 'Delete' && isRecordEnd(record.phase)) {
        void actions.remove(record, false)
      }
    },
    [open, actions, record],
  )
  return { label: t(plays ? 'history.play' : 'history.openDetails', { name: record.name }), open, onKeyDown }
}
