import { ActionIcon } from '@mantine/core'
import { IconReplace, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { FileRole, FileView } from '../../../protocol/studio/index.ts'
import { describeMedia } from '../../components/media/describeMedia.ts'
import { useFormat } from '../../hooks/useLanguage.ts'
import type { FileIntake } from './useFileIntake.ts'
import { Tip } from '../../components/Tip.tsx'

interface SlotBarProps {
  readonly role: FileRole
  readonly file: FileView
  readonly intake: FileIntake
}

/** What lies in a place, and the way to change it. */
export function SlotBar({ role, file, intake }: SlotBarProps) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <div className="slot-bar">
      <div className="slot-bar-text">
        <span className="slot-bar-name" title={file.name}>
          {file.name}
        </span>
        <span className="slot-bar-meta tabular">{describeMedia(file, t, format).join('  ·  ')}</span>
      </div>
      <Tip label={t('compose.replace')}>
        <ActionIcon aria-label={t('compose.replace')} onClick={() => void intake.pick(role)}>
          <IconReplace size={16} />
        </ActionIcon>
      </Tip>
      <Tip label={t('compose.remove')}>
        <ActionIcon aria-label={t('compose.remove')} onClick={() => intake.clear(role)}>
          <IconX size={16} />
        </ActionIcon>
      </Tip>
    </div>
  )
}
