import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileRole } from '../../../protocol/studio/index.ts'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { ProgressBar } from '../../components/ProgressBar.tsx'
import type { Slot } from '../../hooks/composeDraft.ts'
import { useFormat } from '../../hooks/useLanguage.ts'
import type { FileIntake } from './useFileIntake.ts'

interface EmptySlotProps {
  readonly icon: ReactNode
  readonly title: string
  readonly hint: string
  readonly children: ReactNode
}

export function EmptySlot({ icon, title, hint, children }: EmptySlotProps) {
  return (
    <div className="slot-empty">
      <span className="slot-empty-icon" aria-hidden>
        {icon}
      </span>
      <div className="slot-empty-text">
        <div className="slot-empty-title">{title}</div>
        <div className="slot-empty-hint">{hint}</div>
      </div>
      <div className="slot-empty-actions">{children}</div>
    </div>
  )
}

interface AddingSlotProps {
  readonly slot: Extract<Slot, { kind: 'adding' }>
  readonly onCancel: () => void
}

export function AddingSlot({ slot, onCancel }: AddingSlotProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const label = t('compose.adding', { name: slot.name })
  return (
    <div className="slot-adding">
      <div className="slot-adding-line">
        <span className="slot-adding-name">{label}</span>
        {slot.fraction !== null && <span className="tabular">{format.percent(slot.fraction)}</span>}
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
      </div>
      <ProgressBar fraction={slot.fraction} label={label} />
    </div>
  )
}

interface FailedSlotProps {
  readonly slot: Extract<Slot, { kind: 'failed' }>
  readonly role: FileRole
  readonly intake: FileIntake
}

export function FailedSlot({ slot, role, intake }: FailedSlotProps) {
  const { t } = useTranslation()
  return (
    <div className="slot-failed">
      <ErrorNote
        error={slot.error}
        action={
          <>
            <Button size="compact-xs" variant="default" onClick={() => void intake.pick(role)}>
              {t(`compose.problemAction.${role}`)}
            </Button>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => intake.clear(role)}>
              {t('common.remove')}
            </Button>
          </>
        }
      />
    </div>
  )
}
