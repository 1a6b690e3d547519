import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'

export interface RedisServer {
  readonly pid: number
  /** On 127.0.0.1, as BullMQ is commonly connected. */
  readonly port: number
  stop(): Promise<void>
}

/**
 * A Redis of its own in `dir`: a port nobody else has, append-only file flushed once a second. Undefined where no `redis-server`
 * is installed: the row then says that its peer was not run.
 */
export async function startRedis(dir: string): Promise<RedisServer | undefined> {
  await mkdir(dir, { recursive: true })
  const port = await freePort()
  const child = spawn(
    'redis-server',
    [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', dir],
      ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  const exited = new Promise<'exited'>((resolve) => {
    child.once('close', () => {
      resolve('exited')
    })
  })
  const isMissing = new Promise<'missing'>((resolve) => {
    child.once('error', () => {
      resolve('missing')
    })
  })
  let words = ''
  const isReady = new Promise<'ready'>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2_000)
      if (/ready to accept connections/i.test(words)) resolve('ready')
    })
  })
  const outcome = await Promise.race([isReady, isMissing, exited])
  if (outcome === 'missing') return undefined
  if (outcome === 'exited' || child.pid === undefined) throw new Error(`redis-server ended: ${words}`)
  return {
    ...{ pid: child.pid, port },
    async stop() {
      child.kill('SIGTERM')
      await exited
      process.off('exit', kill)
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was bound')
  return address.port
}
