import { Notifications } from '@mantine/notifications'

/** At the top, where no page has its main button. */
export function Toasts() {
  return <Notifications position="top-center" limit={3} />
}
