import { Button } from '@mantine/core'
import { notifications, notificationsStore } from '@mantine/notifications'
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
  /** How many queued tasks it tells of. */
  readonly queued?: number
}

export type ShowToast = (toast: Omit<Toast, 'closeLabel'>) => void

/** Short messages at the edge, in the person's language. */
export function useToast(): ShowToast {
  const { t } = useTranslation()
  return useCallback((toast) => showToast({ ...toast, closeLabel: t('common.close') }), [t])
}

const QUEUED = 'data-queued'

/** How many queued tasks the message on screen tells of. */
export function queuedOnScreen(): number {
  const counts = notificationsStore.getState().notifications.map((shown): unknown => shown[QUEUED])
  return counts.reduce((sum: number, count) => sum + (typeof count === 'number' ? count : 0), 0)
}

/** Takes the news of queued tasks away: the person sees the tasks themselves. */
export function dismissQueued(): void {
  notifications.updateState(notificationsStore, (shown) => shown.filter((one) => one[QUEUED] === undefined))
}

/** One short message at a time; with an action it stays long enough to be used. */
function showToast({ closeLabel, message, tone = 'success', hint, action, queued }: Toast): void {
  const id = crypto.randomUUID()
  notifications.clean()
  const run = (): void => {
    notifications.hide(id)
    action?.run()
  }
  notifications.show({
    id,
    ...(queued === undefined ? {} : { [QUEUED]: queued }),
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
