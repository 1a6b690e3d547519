import { RPCLink } from '@orpc/client/websocket'
import { DoorRefused } from './door.ts'
import type { Carrier, Door } from './door.ts'
import { uploadFile } from './uploadFile.ts'

/** The host's close code for a token it does not know. */
const CLOSE_REFUSED = 4401
const HANDSHAKE_MS = 10_000

export function createWebDoor(token: string | null, origin: string): Door {
  return {
    kind: 'web',
    async open(signal) {
      if (token === null) throw new DoorRefused()
      return carry(await openSocket(token, origin, signal))
    },
    async addFile(file, options) {
      if (token === null) throw new DoorRefused()
      return uploadFile(file, { ...options, token, origin })
    },
  }
}

/** Opens the socket and shows the token; only then may requests travel. */
async function openSocket(token: string, origin: string, signal: AbortSignal): Promise<WebSocket> {
  const url = new URL('/studio', origin)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url)
  const accepted = Promise.withResolvers<undefined>()
  const done = new AbortController()
  const on = { signal: done.signal }
  const tooLate = setTimeout(() => accepted.reject(new Error('The studio did not answer.')), HANDSHAKE_MS)
  socket.addEventListener('open', () => socket.send(JSON.stringify({ token })), on)
  socket.addEventListener('message', () => accepted.resolve(undefined), on)
  socket.addEventListener('close', (event) => accepted.reject(closeReason(event.code)), on)
  signal.addEventListener('abort', () => accepted.reject(signal.reason), on)
  try {
    await accepted.promise
    return socket
  } catch (error) {
    socket.close()
    throw error
  } finally {
    clearTimeout(tooLate)
    done.abort()
  }
}

const closeReason = (code: number): Error =>
  code === CLOSE_REFUSED ? new DoorRefused() : new Error(`The studio closed the connection (${code}).`)

function carry(socket: WebSocket): Carrier {
  const closed = Promise.withResolvers<'lost' | 'refused'>()
  socket.addEventListener('close', (event) => closed.resolve(event.code === CLOSE_REFUSED ? 'refused' : 'lost'))
  return { link: new RPCLink({ websocket: socket }), closed: closed.promise, close: () => socket.close() }
}
