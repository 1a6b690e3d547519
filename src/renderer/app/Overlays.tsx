import { lazy, Suspense } from 'react'
import { useOverlays } from '../hooks/overlays.ts'

const PlayerModal = lazy(async () => ({
  default: (await import('../components/record/PlayerModal.tsx')).PlayerModal,
}))
const DetailsDrawer = lazy(async () => ({
  default: (await import('../components/record/DetailsDrawer.tsx')).DetailsDrawer,
}))
const ConnectDialog = lazy(async () => ({
  default: (await import('../features/connection/ConnectDialog.tsx')).ConnectDialog,
}))

/** Loaded when first opened. */
export function Overlays() {
  const { player, details, connect } = useOverlays()
  return (
    <Suspense>
      {player !== null && <PlayerModal key={player} id={player} />}
      {details !== null && <DetailsDrawer key={details} id={details} />}
      {connect !== null && <ConnectDialog key={connect.address} address={connect.address} />}
    </Suspense>
  )
}
