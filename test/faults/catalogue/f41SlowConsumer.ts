import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { DSP_CLOSE } from '../../../src/protocol/dsp/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { submitTask, submitTasks } from './submitTasks.ts'

const MIB = 1024 * 1024
const LIMIT_BYTES = 32 * MIB
const CLOSED_LIMIT_MS = 40_000
/** Of what a request answers besides: buffers and garbage that is not collected yet. */
const ROOM_BYTES = 192 * MIB
const LOG_LINE = 'does not read and is closed'

export const slowConsumer: FaultCase = {
  id: 'F41',
  title: 'a client that asks and listens, and never reads',
  trials: { commit: 3, night: 10, release: 25 },
  variants: ['answers', 'answers and events'],
  sample: 1,
  async run(trial) {
    const world = await trial.openWorld()
    await world.gateway.start()
    const client = await openEventClient(world)
    const taskIds = await submitTasks(
      world,
      Array.from({ length: 60 }, () => ({ runMs: 5 })),
    )
    const before = (await world.gateway.process.measure())?.rssBytes ?? 0
    client.socket.pause()
    const isOver = new AbortController()
    const load = [
      client.askForEver(isOver.signal),
      ...(trial.variant === 'answers' ? [] : [makeEvents(world, isOver.signal)]),
    ]
    const mostBytes = await untilClosed(world, before)
    isOver.abort()
    await Promise.all(load)
    client.socket.resume()
    const code = await client.closed
    for (const taskId of taskIds) await world.client.cancel(taskId)
    return [...(await world.verify()), ...judge(code, mostBytes)]
  },
}

function judge(code: number | undefined, mostBytes: number): Violation[] {
  const grown = `the gateway grew by ${String(Math.round(mostBytes / MIB))} MiB, limit ${String(LIMIT_BYTES / MIB)} MiB`
  return [
    ...(code === DSP_CLOSE.tooSlow ? [] : [found('I14', `closed with ${String(code)}; ${grown}`)]),
    ...(mostBytes < LIMIT_BYTES + ROOM_BYTES ? [] : [found('I14', grown)]),
  ]
}

/** By how much the gateway grew, at most, until it says that it closes the client or the time is over. */
async function untilClosed(world: World, beforeBytes: number): Promise<number> {
  const deadline = performance.now() + CLOSED_LIMIT_MS
  let most = 0
  while (performance.now() < deadline && !readFileSync(world.gateway.logFile, 'utf8').includes(LOG_LINE)) {
    const measured = await world.gateway.process.measure()
    most = Math.max(most, (measured?.rssBytes ?? 0) - beforeBytes)
    await pause(100)
  }
  return most
}

interface EventClient {
  readonly socket: WebSocket
  /** Undefined when it was ended without a code. */
  readonly closed: Promise<number | undefined>
  askForEver(signal: AbortSignal): Promise<void>
}

/** Socket.IO, spoken by hand: a client library would read. */
async function openEventClient(world: World): Promise<EventClient> {
  const url = `${world.gateway.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`
  const socket = new WebSocket(url)
  socket.on('error', () => undefined)
  world.onClose(() => {
    socket.terminate()
  })
  const closed = once(socket, 'close').then(([code]) => (typeof code === 'number' ? code : undefined))
  const messages = new Set<string>()
  socket.on('message', (data: Buffer) => {
    messages.add(data.toString().slice(0, 2))
  })
  await once(socket, 'message')
  socket.send(`40${JSON.stringify({ token: world.credentials.licenseKey })}`)
  while (!messages.has('40')) await once(socket, 'message')
  const cursor = await firstCursor(socket)
  return {
    socket,
    closed,
    async askForEver(signal) {
      const request = JSON.stringify(['tasks.since', { cursor, limit: 500 }])
      for (let id = 1; !signal.aborted && socket.readyState === WebSocket.OPEN; id += 1) {
        socket.send(`42${String(id)}${request}`)
        // As many as a socket may send in a second of the product's time, and a few less.
        await pause(20)
      }
    },
  }
}

const sinceSchema = z.tuple([z.object({ cursor: z.string() })])

async function firstCursor(socket: WebSocket): Promise<string> {
  const answered = new Promise<string>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const text = data.toString()
      if (text.startsWith('430')) resolve(sinceSchema.parse(JSON.parse(text.slice(3)))[0].cursor)
    })
  })
  socket.send(`420${JSON.stringify(['tasks.since', { cursor: null }])}`)
  return answered
}

/** Changes of tasks, a few every moment. */
async function makeEvents(world: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const taskId = await submitTask(world)
    await world.client.cancel(taskId)
    await pause(50)
  }
}
