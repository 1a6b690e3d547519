import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RPCLink } from '@orpc/client/websocket'
import { describeCarrier } from '../../../test/carriers/carrierContract.ts'
import { systemClock } from '../../shared/node/index.ts'
import { createLaunchToken } from '../door/launchToken.ts'
import { carryRouter } from './carryRouter.ts'
import { createStudioSockets } from './studioSocket.ts'

describeCarrier({
  name: 'WebSocket',
  serve: async (router) => {
    const token = createLaunchToken()
    const sockets = createStudioSockets({ token, clock: systemClock, carry: carryRouter(router) })
    const server = createServer()
    server.on('upgrade', (request, socket, head: Buffer) => {
      sockets.accept(request, socket, head)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo

    const open = async (): Promise<WebSocket> => {
      const socket = new WebSocket(`ws://127.0.0.1:${String(port)}`)
      await once(socket, 'open')
      const greeted = once(socket, 'message')
      socket.send(JSON.stringify({ token: token.value }))
      await greeted
      return socket
    }
    return {
      connect: async () => {
        const websocket = await open()
        return {
          link: new RPCLink({ websocket }),
          drop: () => {
            websocket.close()
          },
        }
      },
      sendGarbage: async (garbage) => {
        const socket = await open()
        const closed = once(socket, 'close')
        socket.send(String(garbage))
        socket.close()
        await closed
      },
      stop: async () => {
        sockets.close()
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  },
})
