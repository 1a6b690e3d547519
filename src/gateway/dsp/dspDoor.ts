import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { DSP_CLOSE, MAX_DSP_FRAME_BYTES } from '../../protocol/dsp/index.ts'
import { pickLanguage } from '../../protocol/errors/index.ts'
import type { GatewayParts } from '../parts.ts'
import { SOCKET_LIMITS } from '../sockets/frameLimit.ts'
import { ClientHub } from './clients/index.ts'
import { DspConnection } from './DspConnection.ts'
import type { FieldDoor } from './fieldWorkers/index.ts'
import { Pace } from './pace.ts'

const UPGRADES_PER_TURN = 32

/** The `/dsp` WebSocket: takes upgrades that passed the door's checks. */
export interface DspDoor {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes every socket with 1012 (come back); resolves when all are closed and their leases seen to. */
  stop(): Promise<void>
}

/** Without `field` the dialect of field workers is not spoken. */
export function createDspDoor(parts: GatewayParts, field?: FieldDoor): DspDoor {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_DSP_FRAME_BYTES,
    ...SOCKET_LIMITS,
  })
  const clients = new ClientHub(parts)
  const connections = new Set<DspConnection>()
  let lastConnectionId = 0
  // A thousand workers that come at once leave room for everybody else between two turns.
  const pace = new Pace(UPGRADES_PER_TURN)

  return {
    handleUpgrade(request, socket, head) {
      pace.run(() => {
        server.handleUpgrade(request, socket, head, (webSocket) => {
          if (field?.isFieldWorker(request) === true) {
            field.welcome(webSocket, request)
            return
          }
          lastConnectionId += 1
          const connection = new DspConnection(parts, webSocket, clients, {
            connectionId: lastConnectionId,
            address: parts.addressOf(request),
            language: pickLanguage(request.headers['accept-language']),
          })
          connections.add(connection)
          void connection.ended.then(() => connections.delete(connection))
        })
      })
    },
    async stop() {
      // First: whoever is told to come back later must not come in again here.
      server.close()
      clients.stop()
      const open = [...connections]
      for (const connection of open) connection.close(DSP_CLOSE.restart, 'the gateway is stopping')
      await Promise.all([...open.map((connection) => connection.ended), field?.stop()])
    },
  }
}
