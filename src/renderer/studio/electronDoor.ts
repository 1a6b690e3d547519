import { RPCLink } from '@orpc/client/message-port'
import { BRIDGE_KEY, PORT_MESSAGE } from '../../protocol/studio/bridge.ts'
import type { StudioBridge } from '../../protocol/studio/bridge.ts'
import { AppError } from '../../shared/index.ts'
import type { Carrier, Door } from './door.ts'

type Bridge = StudioBridge<File>

/** The preload's bridge, where there is one. */
export function findBridge(window: object): Bridge | null {
  const value: unknown = Reflect.get(window, BRIDGE_KEY)
  return isBridge(value) ? value : null
}

export function createElectronDoor(bridge: Bridge, page: Window): Door {
  return {
    kind: 'electron',
    async open(signal) {
      return carry(await receivePort(bridge, page, signal))
    },
    async addFile(file) {
      const answer = await bridge.registerFile(file)
      if (!answer.ok) throw AppError.fromJSON(answer.error)
      return answer.value
    },
  }
}

async function receivePort(bridge: Bridge, page: Window, signal: AbortSignal): Promise<MessagePort> {
  const id = crypto.randomUUID()
  const arrival = Promise.withResolvers<MessagePort>()
  const done = new AbortController()
  page.addEventListener(
    'message',
    (event) => {
      const port = event.ports[0]
      // Only the preload shares this window with the page; anything else that posts here is not for us.
      if (event.source === page && isPortMessage(event.data, id) && port !== undefined) arrival.resolve(port)
    },
    { signal: done.signal },
  )
  signal.addEventListener('abort', () => arrival.reject(signal.reason), { signal: done.signal })
  try {
    const [port] = await Promise.all([arrival.promise, bridge.connect(id)])
    return port
  } finally {
    done.abort()
  }
}

function carry(port: MessagePort): Carrier {
  const closed = Promise.withResolvers<'lost' | 'refused'>()
  port.addEventListener('close', () => closed.resolve('lost'))
  const link = new RPCLink({ port })
  port.start()
  return {
    link,
    closed: closed.promise,
    close() {
      port.close()
      closed.resolve('lost')
    },
  }
}

function isBridge(value: unknown): value is Bridge {
  return typeof value === 'object' && value !== null && 'connect' in value && 'registerFile' in value
}

function isPortMessage(data: unknown, id: string): boolean {
  return (
    typeof data === 'object' &&
    data !== null &&
    'kind' in data &&
    data.kind === PORT_MESSAGE &&
    'id' in data &&
    data.id === id
  )
}
