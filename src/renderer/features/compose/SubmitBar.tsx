import { Button, Kbd } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { submitBlock } from './preflightRows.ts'

interface SubmitBarProps {
  readonly block: ReturnType<typeof submitBlock>
  readonly pending: boolean
  readonly onSubmit: () => void
}

const MOD = navigator.userAgent.includes('Mac') ? '⌘' : 'Ctrl'

/** The one button of the page; when it cannot be pressed the line above says why. */
export function SubmitBar({ block, pending, onSubmit }: SubmitBarProps) {
  const { t } = useTranslation()
  return (
    <div className="submit-bar">
      {block !== null && (
        <p className="submit-reason" id="submit-reason">
          {t(`compose.submitHint.${block}`)}
        </p>
      )}
      <Button
        fullWidth
        size="md"
        disabled={block !== null}
        loading={pending}
        {...(block === null ? {} : { 'aria-describedby': 'submit-reason' })}
        rightSection={
          block === null && (
            <span className="submit-keys" aria-hidden>
              <Kbd>{MOD}</Kbd>
              <Kbd>↵</Kbd>
            </span>
          )
        }
        onClick={onSubmit}
      >
        {t('compose.submit')}
      </Button>
    </div>
  )
}
