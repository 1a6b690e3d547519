import type { TFunction } from 'i18next'
import type { Connection } from '../../../protocol/studio/index.ts'
import type { LinkState } from '../../studio/index.ts'

export interface ConnectionSummary {
  readonly tone: 'success' | 'warn' | 'danger' | 'muted'
  readonly title: string
  readonly detail: string
}

/** The shortest true words about the connection: the page's own link first, then the gateway, then the GPU. */
export function connectionSummary(
  link: LinkState,
  connection: Connection | undefined,
  t: TFunction,
): ConnectionSummary {
  if (connection === undefined || link !== 'open') {
    const detail = t(`connection.state.${link === 'reconnecting' ? 'reconnecting' : 'connecting'}`)
    return { tone: link === 'reconnecting' ? 'warn' : 'muted', title: placeOf(connection, t), detail }
  }
  const title = placeOf(connection, t)
  const { state, gpu, kind } = connection
  if (state === 'refused') return { tone: 'danger', title, detail: t('connection.state.refused') }
  if (state === 'offline') return { tone: 'danger', title, detail: t('connection.state.offline') }
  if (state === 'connecting') return { tone: 'muted', title, detail: t('connection.state.connecting') }
  if (gpu === null) return { tone: 'success', title, detail: t('connection.state.online') }
  return {
    tone: gpu.status === 'online' ? 'success' : 'warn',
    title,
    detail: kind === 'embedded' ? t(`connection.gpu.${gpu.status}Local`) : t(`connection.gpu.${gpu.status}`),
  }
}

const placeOf = (connection: Connection | undefined, t: TFunction): string =>
  connection === undefined || connection.kind === 'embedded' ? t('connection.thisPc') : connection.host
