import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Timer } from '../../../shared/index.ts'
import type { GatewayParts } from '../../parts.ts'
import { LEAST_BYTES_PER_SECOND } from '../../settings/defaults.ts'
import type { RouteAccess } from './routeChecks.ts'

/** Node's own request time-out is off, for uploads may take hours; so each kind of body has its own deadline here. */
export function watchBody(
  request: IncomingMessage,
  response: ServerResponse,
  access: RouteAccess,
  parts: Pick<GatewayParts, 'clock' | 'timings'>,
): void {
  if (access.body === 'none' || request.complete) return
  if (access.body === 'json') watchJson(request, response, parts)
  else watchUpload(request, response, parts)
}

function watchJson(
  request: IncomingMessage,
  response: ServerResponse,
  parts: Pick<GatewayParts, 'clock' | 'timings'>,
): void {
  const timer = parts.clock.setTimer(() => {
    request.destroy()
  }, parts.timings.jsonBodyMs)
  cancelAtEnd(request, response, () => timer)
}

/** A sender slower than the least rate over a whole interval is gone, or means to hold the connection. */
function watchUpload(
  request: IncomingMessage,
  response: ServerResponse,
  parts: Pick<GatewayParts, 'clock' | 'timings'>,
): void {
  const everyMs = parts.timings.uploadCheckMs
  const leastBytes = (LEAST_BYTES_PER_SECOND * everyMs) / 1000
  let seenBytes = request.socket.bytesRead
  let timer: Timer
  const schedule = (): void => {
    timer = parts.clock.setTimer(() => {
      const nowBytes = request.socket.bytesRead
      // Paused by our own disk: the sender is not to blame.
      if (nowBytes - seenBytes < leastBytes && !request.isPaused()) {
        request.destroy()
        return
      }
      seenBytes = nowBytes
      schedule()
    }, everyMs)
  }
  schedule()
  cancelAtEnd(request, response, () => timer)
}

function cancelAtEnd(request: IncomingMessage, response: ServerResponse, timer: () => Timer): void {
  const cancel = (): void => {
    timer().cancel()
  }
  request.once('end', cancel)
  request.once('close', cancel)
  response.once('close', cancel)
}
