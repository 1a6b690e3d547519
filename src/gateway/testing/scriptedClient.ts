import { WebSocket } from 'ws'
import type { ClientBoundFrame } from '../../protocol/dsp/index.ts'
import { clientBoundFrameSchema } from '../../protocol/dsp/index.ts'

type FrameType = ClientBoundFrame['type']
type FrameOf<T extends FrameType> = Extract<ClientBoundFrame, { type: T }>

/** A phone on `/dsp`, as a test tells it to speak. Every frame it hears must be one of the dialect. */
export interface ScriptedClient {
  send(frame: Readonly<Record<string, unknown>>): void
  /** The next frame of that type that was not taken yet. */
  next<T extends FrameType>(type: T): Promise<FrameOf<T>>
  /** Everything heard so far, in its order. */
  readonly heard: readonly ClientBoundFrame[]
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  close(): Promise<number>
}

export function openClient(dspUrl: string, headers: Readonly<Record<string, string>> = {}): Promise<ScriptedClient> {
  const socket = new WebSocket(dspUrl, { headers, perMessageDeflate: false })
  const heard: ClientBoundFrame[] = []
  const taken = new Set<ClientBoundFrame>()
  const waiting = new Set<() => void>()
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve)
  })
  socket.on('error', () => undefined)
  const client: ScriptedClient = {
    send: (frame) => {
      socket.send(JSON.stringify(frame))
    },
    next: (type) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = heard.find((frame) => frame.type === type && !taken.has(frame))
          if (found === undefined || !isOf(found, type)) return
          waiting.delete(look)
          taken.add(found)
          resolve(found)
        }
        waiting.add(look)
        look()
        void closed.then((closeCode) => {
          reject(new Error(`closed with ${String(closeCode)} while waiting for ${type}`))
        })
      }),
    heard,
    closed,
    close: () => {
      socket.close()
      return closed
    },
  }
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      const json: unknown = JSON.parse(data.toString())
      if (typeof json === 'object' && json !== null && 'nonce' in json) {
        resolve(client)
        return
      }
      heard.push(clientBoundFrameSchema.parse(json))
      for (const look of [...waiting]) look()
    })
  })
}

/** Connects and registers with a licence key. */
export async function connectClient(dspUrl: string, key: string, language = 'en'): Promise<ScriptedClient> {
  const client = await openClient(dspUrl, { 'accept-language': language })
  client.send({ type: 'register', key, device_type: 'mobile' })
  await client.next('registered')
  return client
}

function isOf<T extends FrameType>(frame: ClientBoundFrame, type: T): frame is FrameOf<T> {
  return frame.type === type
}
