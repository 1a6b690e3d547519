import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'

interface Toast {
  /** Name of the cross. */
  readonly closeLabel: string
  readonly message: string
  readonly tone?: 'success' | 'danger'
  readonly hint?: string
  readonly action?: { readonly label: string; readonly run: () => void }
}

export type ShowToast = (toast: Omit<Toast, 'closeLabel'>) => void

/** Short messages at the edge, in the person's language. */
export function useToast(): ShowToast {
  const { t } = useTranslation()
  return useCallback((toast) => showToast({ ...toast, closeLabel: t('common.close') }), [t])
}

/** A short message at the edge; with an action it stays long enough to be used. */
function showToast({ closeLabel, message, tone = 'success', hint, action }: Toast): void {
  const id = crypto.randomUUID()
  const run = (): void => {
    notifications.hide(id)
    action?.run()
  }
  notifications.show({
    id,
    autoClose: tone === 'danger' || action !== undefined ? 8_000 : 3_500,
    color: tone,
    closeButtonProps: { 'aria-label': closeLabel },
    icon: tone === 'danger' ? <IconAlertTriangle size={16} /> : <IconCheck size={16} />,
    message: (
      <div className="toast">
        <div className="toast-text">
          <div className="toast-message">{message}</div>
          {hint !== undefined && <div className="toast-hint">{hint}</div>}
        </div>
        {action !== undefined && (
          <Button size="xs" variant="default" onClick={run}>
            {action.label}
          </Button>
        )}
      </div>
    ),
  })
}
