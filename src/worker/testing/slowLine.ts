import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A line between a worker and its gateway on which files crawl while frames fly. */
export interface SlowLine {
  readonly url: string
  stop(): Promise<void>
}

const TICK_MS = 50
/** A WebSocket begins with GET too. */
const FILE_REQUEST = /^(?:PATCH|GET) (?!\/dsp)/

/** The gateway may start after it: it has to know the name under which it is reached. */
export async function startSlowLine(targetUrl: () => string, bytesPerSecond: number): Promise<SlowLine> {
  const sockets = new Set<Socket>()
  const files = new Set<() => void>()
  const bytesPerTick = Math.ceil((bytesPerSecond * TICK_MS) / 1_000)
  const server = createServer((near) => {
    const { hostname, port } = new URL(targetUrl())
    const far = connect(Number(port), hostname)
    let isFile = false
    const pass = (from: Socket, to: Socket): void => {
      let waiting = Buffer.alloc(0)
      const crawl = (): void => {
        if (waiting.length > 0) to.write(waiting.subarray(0, bytesPerTick))
        waiting = waiting.subarray(bytesPerTick)
      }
      files.add(crawl)
      from.on('data', (chunk: Buffer) => {
        isFile ||= from === near && FILE_REQUEST.test(chunk.toString('latin1'))
        if (isFile) waiting = Buffer.concat([waiting, chunk])
        else to.write(chunk)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        files.delete(crawl)
        sockets.delete(from)
        to.destroy()
      })
      sockets.add(from)
    }
    pass(near, far)
    pass(far, near)
  })
  const timer = setInterval(() => {
    for (const crawl of files) crawl()
  }, TICK_MS)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    async stop() {
      clearInterval(timer)
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
