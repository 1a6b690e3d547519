import { RPCLink } from '@orpc/client/message-port'
import { MessageChannel } from 'node:worker_threads'
import { servePage } from '../../src/entries/studioPorts.ts'
import type { UtilityPort } from '../../src/entries/wellFormedPort.ts'
import { FakeMessagePortMain } from '../electron/fake/ports.ts'
import { describeCarrier } from './carrierContract.ts'

// The page's end is a plain message port, the studio's end is what a utility process is given.
describeCarrier({
  name: 'message port',
  serve: async (router) => {
    const ports: FakeMessagePortMain[] = []
    const join = () => {
      const { port1, port2 } = new MessageChannel()
      const studioEnd = new FakeMessagePortMain(port2)
      ports.push(studioEnd)
      servePage(studioEnd satisfies UtilityPort, router, () => undefined)
      return port1
    }
    return {
      connect: async () => {
        const port = join()
        const link = new RPCLink({ port })
        port.start()
        return {
          link,
          drop: () => {
            port.close()
          },
        }
      },
      sendGarbage: async (garbage) => {
        const port = join()
        port.postMessage(garbage)
        // What was sent before the close is delivered before it.
        const closed = new Promise((resolve) => port.once('close', resolve))
        port.close()
        await closed
      },
      stop: async () => {
        for (const port of ports) port.close()
      },
    }
  },
})
