import { IconFileImport } from '@tabler/icons-react'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileRole } from '../../../protocol/studio/index.ts'
import { useComposeDraft } from '../../hooks/composeDraft.ts'
import { useFileDrop } from './useFileDrop.ts'
import type { Dropped } from './useFileDrop.ts'
import { useFileIntake } from './useFileIntake.ts'

/** Files dropped on any page go into the form. On Compose the two places themselves show where; elsewhere a veil does. */
export function DropAnywhere() {
  const { t } = useTranslation()
  const dragging = useComposeDraft((draft) => draft.dragging)
  const onCompose = useLocation({ select: ({ pathname }) => pathname === '/' })
  const navigate = useNavigate()
  const intake = useFileIntake()
  const drop = useCallback(
    (dropped: readonly Dropped[], role: FileRole | null) => {
      void intake.add(dropped, role)
      void navigate({ to: '/' })
    },
    [intake, navigate],
  )
  useFileDrop(drop)
  if (dragging === null || onCompose) return null
  return (
    <div className="drop-veil">
      <IconFileImport size={32} stroke={1.5} aria-hidden />
      <div className="drop-veil-title">{t('compose.dropAnywhere')}</div>
      <div>{t('compose.dropAnywhereHint')}</div>
    </div>
  )
}
