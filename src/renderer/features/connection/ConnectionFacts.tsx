import { Suspense } from 'react'
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Connection } from '../../../protocol/studio/index.ts'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { PreviewTag } from '../../components/PreviewTag.tsx'
import { useErrorText } from '../../hooks/useErrorText.ts'
import { useFormat } from '../../hooks/useLanguage.ts'
import { useOverlays } from '../../hooks/overlays.ts'

interface ConnectionFactsProps {
  readonly connection: Connection
  readonly onClose: () => void
}

/** Gateway, GPU machines, engines and queue at a glance. */
export function ConnectionFacts({ connection, onClose }: ConnectionFactsProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const show = useOverlays((overlays) => overlays.show)
  const { gpu, queue, latencyMs, gatewayVersion } = connection
  return (
    <div className="connection-facts">
      {connection.error !== null && <ErrorNote error={connection.error} />}
      <dl className="facts">
        <Fact label={t('connection.gateway')} value={connection.host} />
        {gatewayVersion !== null && <Fact label={t('connection.version')} value={gatewayVersion} />}
        {latencyMs !== null && (
          <Fact label={t('connection.latency')} value={`${format.number(Math.round(latencyMs))} ms`} />
        )}
        {gpu !== null && (
          <Fact
            label={t('connection.gpuServers')}
            value={t('connection.gpuServersValue', { count: gpu.workers, slots: gpu.slots })}
          />
        )}
        {queue !== null && <Fact label={t('connection.queue')} value={t('connection.queueValue', queue)} />}
      </dl>
      {gpu !== null && gpu.engines.length > 0 && <Engines engines={gpu.engines} />}
      <Button
        fullWidth
        variant="default"
        onClick={() => {
          onClose()
          show({ connect: { address: null } })
        }}
      >
        {t('connection.change')}
      </Button>
    </div>
  )
}

function Fact({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd className="tabular">{value}</dd>
    </div>
  )
}

function Engines({ engines }: { readonly engines: NonNullable<Connection['gpu']>['engines'] }) {
  const { t } = useTranslation()
  return (
    <ul className="engines" aria-label={t('connection.engines')}>
      {engines.map((engine) => (
        <li key={engine.name} className="engine">
          <span className="phase" data-tone={engine.ready ? 'success' : 'warn'}>
            <span className="phase-dot" aria-hidden />
            {engine.name} {engine.version}
          </span>
          <span className="engine-note">
            {engine.ready ? (
              t('connection.ready')
            ) : (
              <Suspense fallback={t('connection.notReady')}>
                <NotReady engine={engine} />
              </Suspense>
            )}
          </span>
          {!engine.lip_sync && <PreviewTag />}
        </li>
      ))}
    </ul>
  )
}

/** In the person's language where the engine names an error of ours, else in its own words. */
function NotReady({ engine }: { readonly engine: NonNullable<Connection['gpu']>['engines'][number] }) {
  const { t } = useTranslation()
  const textOf = useErrorText()
  const { reason, reason_code: code, reason_data: data } = engine
  if (code === undefined) return reason ?? t('connection.notReady')
  const { message, hint } = textOf({ code, data })
  // A code of a newer worker has no sentence here yet.
  const isUnknown = message === textOf({ code: 'INTERNAL' }).message
  return isUnknown && reason !== undefined ? reason : `${message} ${hint}`
}
