import { IconCheck, IconMinus, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConnectionTest } from '../../../protocol/studio/index.ts'
import { useErrorText } from '../../hooks/useErrorText.ts'

const ICONS = { ok: IconCheck, failed: IconX, skipped: IconMinus } as const

/** The walk of a connection test; the step that failed says why and what to do. */
export function TestSteps({ steps }: Pick<ConnectionTest, 'steps'>) {
  const { t } = useTranslation()
  const errorText = useErrorText()
  return (
    <ol className="test-steps" aria-live="polite">
      {steps.map(({ step, outcome, error }) => {
        const Icon = ICONS[outcome]
        const text = error === null ? null : errorText(error)
        return (
          <li key={step} className="test-step" data-outcome={outcome}>
            <Icon size={15} stroke={2.25} aria-label={t(`connect.outcome.${outcome}`)} />
            <span className="test-step-text">
              {t(`connect.steps.${step}`)}
              {text !== null && (
                <span className="test-step-why">
                  {text.message} {text.hint}
                </span>
              )}
            </span>
          </li>
        )
      })}
    </ol>
  )
}
