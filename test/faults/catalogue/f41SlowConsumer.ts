import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { DSP_CLOSE } from '../../../src/protocol/dsp/index.ts'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { submitTasks } from './submitTasks.ts'

const MIB = 1024 * 1024
/** What the kernel holds of both ends of a connection comes on top of it. */
const MOST_UNREAD: Readonly<Record<string, number>> = { events: MIB, answers: 32 * MIB }
const CLOSED_LIMIT_MS = 40_000
/** Of what a request answers besides: buffers and garbage that is not collected yet. */
const ROOM_BYTES = 192 * MIB
const LOG_LINE = 'does not read and is closed'

export const slowConsumer: FaultCase = {
  id: 'F41',
  title: 'a client that asks and listens, and never reads',
  trials: { commit: 3, night: 10, release: 25 },
  variants: ['events', 'answers'],
  sample: 0,
  async run(trial) {
    const maxUnreadBytes = MOST_UNREAD[trial.variant] ?? 0
    const world = await trial.openWorld({ overrides: { limits: { maxUnreadBytes } } })
    await world.gateway.start()
    const client = await openEventClient(world)
    const taskIds = await submitTasks(
      world,
      Array.from({ length: 60 }, () => ({ runMs: 5 })),
    )
    const before = (await world.gateway.process.measure())?.rssBytes ?? 0
    client.socket.pause()
    const isOver = new AbortController()
    const load = trial.variant === 'events' ? makeEvents(world, isOver.signal) : client.askForEver(isOver.signal)
    const mostBytes = await untilClosed(world, before)
    isOver.abort()
    await load
    client.socket.resume()
    const code = await client.closed
    for (const taskId of taskIds) await world.client.cancel(taskId)
    return [...(await world.verify()), ...judge(code, mostBytes, maxUnreadBytes)]
  },
}

function judge(code: number | undefined, mostBytes: number, limitBytes: number): Violation[] {
  const grown = `the gateway grew by ${String(Math.round(mostBytes / MIB))} MiB, limit ${String(limitBytes / MIB)} MiB`
  return [
    ...(code === DSP_CLOSE.tooSlow ? [] : [found('I14', `closed with ${String(code)}; ${grown}`)]),
    ...(mostBytes < limitBytes + ROOM_BYTES ? [] : [found('I14', grown)]),
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
  return {
    socket,
    closed,
    async askForEver(signal) {
      const request = JSON.stringify(['tasks.since', { cursor: '0', limit: 500 }])
      for (let id = 0; !signal.aborted && socket.readyState === WebSocket.OPEN; id += 1) {
        socket.send(`42${String(id)}${request}`)
        // As many as a socket may send in a second of the product's time, and a few less.
        await pause(20)
      }
    },
  }
}

/** Changes of tasks, as fast as they can be made. */
async function makeEvents(world: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const scripts = Array.from({ length: 10 }, () => ({ label: 'x'.repeat(60) }))
    const taskIds = await submitTasks(world, scripts)
    for (const taskId of taskIds) await world.client.cancel(taskId)
  }
}
