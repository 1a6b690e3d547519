import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { DSP_PATH, PROGRESS_WS_PREFIX } from '../../protocol/http/index.ts'
import { AppError } from '../../shared/index.ts'
import { endSocket } from '../../shared/node/index.ts'
import type { DspDoor } from '../dsp/index.ts'
import type { EventDoor } from '../events/index.ts'
import { SOCKET_IO_PATH } from '../events/index.ts'
import type { GatewayParts } from '../parts.ts'
import { splitTarget } from '../sockets/splitTarget.ts'
import type { DoorPolicy } from './checks/doorChecks.ts'
import { checkDoor } from './checks/pipeline.ts'
import { tellTurnedAway } from './answerLog.ts'
import { failureOf, newRequestId, rawFailure } from './failure.ts'
import type { ProgressSockets } from './progressSockets.ts'
import { languageOf } from './routes/languageOf.ts'
import { toAppError } from './toAppError.ts'

export interface UpgradeDoors {
  readonly dsp: DspDoor
  readonly events: EventDoor
  readonly progress: ProgressSockets
}

export interface UpgradeRouter {
  route(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Cuts every upgraded socket: the server's own close would wait for them. */
  destroyAll(): void
}

/** Routes each upgrade by its path, after the same checks as a request. Escapes all HTTP time-outs, so it is capped. */
export function createUpgradeRouter(parts: GatewayParts, doors: UpgradeDoors, policy: () => DoorPolicy): UpgradeRouter {
  const open = new OpenSockets(parts)
  parts.metrics.watch('dhs_websockets_open', 'Open WebSockets: workers, apps, field clients.', () => open.count)
  const route = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', (error) => {
      parts.log.debug('upgraded socket failed', { reason: error.message })
    })
    if (!open.take(request, socket)) {
      refuse(parts, request, socket, new AppError('RATE_LIMITED', { retryable: true, retryAfterMs: 5_000 }), 503)
      return
    }
    const code = checkDoor(request, policy())
    if (code !== undefined) {
      refuse(parts, request, socket, new AppError(code))
      return
    }
    const { path } = splitTarget(request.url ?? '')
    if (path === DSP_PATH) doors.dsp.handleUpgrade(request, socket, head)
    else if (path === SOCKET_IO_PATH) doors.events.handleUpgrade(request, socket, head)
    else if (path.startsWith(`${PROGRESS_WS_PREFIX}/`)) {
      doors.progress.handleUpgrade(request, socket, head).catch((error: unknown) => {
        refuse(parts, request, socket, toAppError(error))
      })
    } else refuse(parts, request, socket, new AppError('ROUTE_NOT_FOUND'))
  }
  return {
    route,
    destroyAll: () => {
      open.destroyAll()
    },
  }
}

/** Open upgraded sockets, in all and per address. */
class OpenSockets {
  readonly #parts: GatewayParts
  readonly #byAddress = new Map<string, number>()
  readonly #all = new Set<Duplex>()

  constructor(parts: GatewayParts) {
    this.#parts = parts
  }

  take(request: IncomingMessage, socket: Duplex): boolean {
    const address = this.#parts.addressOf(request)
    const ofAddress = this.#byAddress.get(address) ?? 0
    const { maxWebSockets, maxWebSocketsPerAddress } = this.#parts.limits
    if (this.#all.size >= maxWebSockets || ofAddress >= maxWebSocketsPerAddress) return false
    this.#all.add(socket)
    this.#byAddress.set(address, ofAddress + 1)
    socket.once('close', () => {
      this.#all.delete(socket)
      const left = (this.#byAddress.get(address) ?? 1) - 1
      if (left === 0) this.#byAddress.delete(address)
      else this.#byAddress.set(address, left)
    })
    return true
  }

  get count(): number {
    return this.#all.size
  }

  destroyAll(): void {
    for (const socket of this.#all) socket.destroy()
  }
}

function refuse(parts: GatewayParts, request: IncomingMessage, socket: Duplex, error: AppError, status?: number): void {
  const failure = failureOf(error, languageOf(request), newRequestId())
  const answered = status === undefined ? failure : { ...failure, status, body: { ...failure.body, code: status } }
  if (failure.status >= 500) parts.log.error('upgrade failed', { request_id: failure.body.request_id, error })
  tellTurnedAway(parts, 'upgrade', request, answered)
  endSocket(socket, rawFailure(answered))
}
