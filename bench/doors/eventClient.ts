import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** A Socket.IO client that costs next to nothing, so that what is measured is the server. */
export interface EventClient {
  /** Called with the number of packets of the event that one read brought. */
  onEvent(listener: (count: number) => void): void
  close(): void
}

export interface EventClientOptions {
  readonly port: number
  /** Sent in the CONNECT packet. */
  readonly token: string
  readonly event: string
}

const READ_BYTES = 64 * 1024
const MASK = Buffer.from([0, 0, 0, 0])
/** One buffer for all: a read is taken apart before the next one comes. */
const shared = Buffer.alloc(READ_BYTES)

/** Resolves when the server has taken it into the default namespace. */
export function connectEventClient(options: EventClientOptions): Promise<EventClient> {
  const start = `42["${options.event}"`
  return new Promise((resolve, reject) => {
    let rest = Buffer.alloc(0)
    let isUpgraded = false
    let tell: (count: number) => void = () => undefined
    const onText = (text: string): boolean => {
      if (text.startsWith(start)) return true
      if (text.startsWith('0')) socket.write(textFrame(`40${JSON.stringify({ token: options.token })}`))
      else if (text === '2') socket.write(textFrame('3'))
      else if (text.startsWith('44')) reject(new Error(`the server refused a client: ${text}`))
      else if (text.startsWith('40')) {
        resolve({
          onEvent: (listener) => {
            tell = listener
          },
          close: () => {
            socket.destroy()
          },
        })
      }
      return false
    }
    const onBytes = (bytes: Buffer): void => {
      const read = takeFrames(rest.length === 0 ? bytes : Buffer.concat([rest, bytes]))
      // The shared buffer is written to again by the next read.
      rest = Buffer.from(read.rest)
      const count = read.texts.filter(onText).length
      if (count > 0) tell(count)
    }
    const socket: Socket = connect({
      ...{ port: options.port, host: '127.0.0.1' },
      onread: {
        buffer: shared,
        callback: (length) => {
          if (isUpgraded) onBytes(shared.subarray(0, length))
          else {
            const end = shared.subarray(0, length).indexOf('\r\n\r\n')
            if (end < 0) throw new Error('the answer to an upgrade came in parts')
            isUpgraded = true
            onBytes(shared.subarray(end + 4, length))
          }
          return true
        },
      },
    })
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.write(upgradeRequest(options.port))
  })
}

function upgradeRequest(port: number): string {
  return [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    ...['Upgrade: websocket', 'Connection: Upgrade'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
    ...['', ''],
  ].join('\r\n')
}

/** Short texts only: what a client says. The mask of zeros leaves them as they are. */
function textFrame(text: string): Buffer {
  const body = Buffer.from(text)
  if (body.length > 0xffff) throw new RangeError('too long for this client')
  const head = body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0xfe, 0, 0])
  if (head.length === 4) head.writeUInt16BE(body.length, 2)
  return Buffer.concat([head, MASK, body])
}

function takeFrames(bytes: Buffer): { readonly texts: readonly string[]; readonly rest: Buffer } {
  const texts: string[] = []
  let at = 0
  while (bytes.length - at >= 2) {
    const short = bytes.readUInt8(at + 1)
    const headBytes = short < 126 ? 2 : 4
    if (short === 127) throw new RangeError('a frame is longer than this client takes')
    if (bytes.length - at < headBytes) break
    const length = short < 126 ? short : bytes.readUInt16BE(at + 2)
    if (bytes.length - at < headBytes + length) break
    texts.push(bytes.toString('latin1', at + headBytes, at + headBytes + Math.min(length, 64)))
    at += headBytes + length
  }
  return { texts, rest: bytes.subarray(at) }
}
