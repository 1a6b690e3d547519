import { connect } from 'node:net'

/** One frame as no library would send it. */
export interface BentFrame {
  readonly opcode: number
  readonly payload?: Buffer | string
  readonly fin?: boolean
  readonly rsv?: number
  readonly isMasked?: boolean
  /** Told in the header instead of the payload's own length. */
  readonly declaredLength?: bigint
}

export interface RawWebSocket {
  /** The server's answer to the handshake. */
  readonly head: string
  send(...frames: readonly BentFrame[]): void
  /** Reads nothing any more, and so lets the server's words pile up. */
  pause(): void
  resume(): void
  /** The close code the server sent; 0 when it cut the connection without one. */
  readonly closed: Promise<number>
  /** Texts that came so far. */
  readonly texts: readonly string[]
  cut(): void
}

export const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78])

/**
 * A WebSocket written by hand, byte by byte, to a server on 127.0.0.1. It confirms a close; pings are the caller's
 * business.
 */
export function openRawWebSocket(port: number, path: string, ...headers: readonly string[]): Promise<RawWebSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const reader = new FrameReader(() => {
      socket.end(encode({ opcode: OPCODE.close }))
    })
    const closed = new Promise<number>((settle) => {
      socket.once('close', () => {
        settle(reader.closeCode)
      })
    })
    let head = ''
    socket.on('data', (data: Buffer) => {
      if (head !== '') {
        reader.push(data)
        return
      }
      reader.push(data)
      const found = reader.takeHead()
      if (found === undefined) return
      head = found
      resolve({
        ...{ head, closed, texts: reader.texts },
        send: (...frames) => {
          socket.write(Buffer.concat(frames.map(encode)))
        },
        pause: () => {
          socket.pause()
        },
        resume: () => {
          socket.resume()
        },
        cut: () => {
          socket.destroy()
        },
      })
    })
    // After the handshake a reset is only how the connection ends; `closed` tells it.
    socket.on('error', reject)
    socket.write(
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${String(port)}`,
        ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
        ...headers,
        ...['', ''],
      ].join('\r\n'),
    )
  })
}

function encode(frame: BentFrame): Buffer {
  const { opcode, payload = '', fin = true, rsv = 0, isMasked = true } = frame
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload
  const length = frame.declaredLength ?? BigInt(body.length)
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  const maskBit = isMasked ? 0x80 : 0
  const head = Buffer.alloc(length < 126n ? 2 : length < 0x10000n ? 4 : 10)
  head[0] = first
  if (head.length === 2) head[1] = maskBit | Number(length)
  else if (head.length === 4) {
    head[1] = maskBit | 126
    head.writeUInt16BE(Number(length), 2)
  } else {
    head[1] = maskBit | 127
    head.writeBigUInt64BE(length, 2)
  }
  if (!isMasked) return Buffer.concat([head, body])
  return Buffer.concat([head, MASK, body.map((byte, at) => byte ^ (MASK[at % 4] ?? 0))])
}

/** Takes a server's frames apart; they are unmasked and, from this server, never fragmented. */
class FrameReader {
  readonly texts: string[] = []
  closeCode = 0
  #chunks: Buffer[] = []
  #isPastHead = false
  readonly #onClose: () => void

  constructor(onClose: () => void) {
    this.#onClose = onClose
  }

  push(data: Buffer): void {
    this.#chunks.push(data)
    if (this.#isPastHead) this.#read()
  }

  takeHead(): string | undefined {
    const all = Buffer.concat(this.#chunks)
    const end = all.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    this.#chunks = [all.subarray(end + 4)]
    this.#isPastHead = true
    this.#read()
    return all.subarray(0, end).toString('latin1')
  }

  #read(): void {
    let rest = Buffer.concat(this.#chunks)
    for (;;) {
      const frame = firstFrame(rest)
      if (frame === undefined) break
      rest = rest.subarray(frame.sizeBytes)
      if (frame.opcode === OPCODE.text) this.texts.push(frame.payload.toString())
      if (frame.opcode !== OPCODE.close) continue
      this.closeCode = frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE()
      this.#onClose()
    }
    this.#chunks = [rest]
  }
}

function firstFrame(
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly sizeBytes: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = (bytes[1] ?? 0) & 0x7f
  const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10
  if (bytes.length < headBytes) return undefined
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (bytes.length < headBytes + length) return undefined
  const payload = bytes.subarray(headBytes, headBytes + length)
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload, sizeBytes: headBytes + length }
}
