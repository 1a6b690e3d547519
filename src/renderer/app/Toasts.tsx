import { Notifications } from '@mantine/notifications'
import { useLocation } from '@tanstack/react-router'
import { useEffect } from 'react'
import { dismissQueued } from '../components/toast.tsx'

/** One message where it covers neither the main button nor a page's tools: over the stage on Compose, else below. */
export function Toasts() {
  const pathname = useLocation({ select: (location) => location.pathname })
  useEffect(() => {
    if (pathname === '/tasks') dismissQueued()
  }, [pathname])
  return <Notifications className="toasts" position={pathname === '/' ? 'top-center' : 'bottom-center'} limit={1} />
}
