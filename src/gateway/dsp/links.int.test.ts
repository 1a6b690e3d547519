import { createServer, connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { GatewayBench } from '../testing/gatewayBench.ts'
import { createHeardLog } from '../testing/heardLog.ts'
import { openBenches } from '../testing/openBenches.ts'
import type { BenchOverrides } from '../testing/openBenches.ts'
import { introduce, openLine, refOf, workerInfo } from '../testing/scriptedWorker.ts'
import type { Line, ScriptedWorker } from '../testing/scriptedWorker.ts'
import { status, submit } from '../testing/taskCalls.ts'

const { bench, worker, atEnd } = openBenches()

/** A TCP proxy that can stop passing anything on while both of its sides stay open. */
async function freezableProxy(): Promise<{
  readonly port: number
  readonly pointAt: (port: number) => void
  readonly freeze: () => void
}> {
  const sockets: Socket[] = []
  let target = 0
  const server = createServer((inner) => {
    const outer = connect(target, '127.0.0.1')
    inner.pipe(outer).pipe(inner)
    for (const socket of [inner, outer]) socket.on('error', () => undefined)
    sockets.push(inner, outer)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  atEnd(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    port: (server.address() as AddressInfo).port,
    pointAt: (port) => {
      target = port
    },
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause()
    },
  }
}

/** A gateway that pings often, yet not so often that a busy machine misses one, and a worker behind a proxy. */
async function behindProxy(
  id: string,
  overrides: BenchOverrides,
): Promise<readonly [GatewayBench, ScriptedWorker, () => void]> {
  const proxy = await freezableProxy()
  const allowedHosts = [`127.0.0.1:${String(proxy.port)}`]
  const at = await bench({ ...overrides, allowedHosts, timings: { pingMs: 500 } })
  proxy.pointAt(at.port)
  const frozen = await worker(at, { id, dspUrl: at.dspUrl.replace(String(at.port), String(proxy.port)) })
  return [at, frozen, proxy.freeze]
}

describe('a connection that is half open', () => {
  it('is found out by its missing pongs, and what it had not accepted is run elsewhere', async () => {
    // Neither the accept deadline nor the heartbeats could tell within the time of this test.
    const [at, frozen, freeze] = await behindProxy('worker-one', {
      queueTimings: { acceptMs: 600_000, releaseMs: 0 },
      fleetTimings: { suspectAfterMs: 600_000, offlineAfterMs: 900_000 },
    })
    const { task_id } = await submit(at)
    await frozen.nextJob()
    freeze()
    const healthy = await worker(at)
    expect(await healthy.nextJob()).toMatchObject({ task_id, epoch: 2 })
  })

  it('does not end what was accepted: the worker goes on with it over its next connection', async () => {
    const { log, infos } = createHeardLog()
    const [at, frozen, freeze] = await behindProxy('worker-one', { log })
    const { task_id } = await submit(at)
    const job = await frozen.nextJob()
    frozen.send({ type: 'gpu.job.accept', ...refOf(job) })
    await vi.waitFor(async () => {
      expect((await status(at, task_id)).status).toBe('processing')
    })
    freeze()
    const back = await worker(at, { id: 'worker-one', resume: [refOf(job)] })
    expect(back.registered).toMatchObject({ resumed: [refOf(job)], abandon: [] })
    await vi.waitFor(() => {
      expect(infos.filter(({ message }) => message === 'worker registered').at(-1)?.fields).toEqual({
        ...{ server: 'GPU-001', worker: 'worker-one', goes_on_with: [task_id] },
      })
    })
  })
})

/** Both connections of one worker say who they are in the same moment, in one order or the other. */
async function race(at: GatewayBench, id: string, isOlderFirst: boolean): Promise<readonly [Line, Line]> {
  const lines: Line[] = []
  for (let number = 0; number < 2; number++) {
    const line = openLine(at.dspUrl)
    atEnd(() => line.cut())
    lines.push(line)
    // Numbered by the gateway in the order of their upgrades.
    await line.next('connected').then((connected) => {
      line.next = nextAfter(line, connected)
    })
  }
  const [older, newer] = lines
  if (older === undefined || newer === undefined) throw new Error('two lines')
  const order = isOlderFirst ? [older, newer] : [newer, older]
  await Promise.all(order.map((line) => introduce(line, workerInfo(id, 1), at)))
  return [older, newer]
}

/** Gives a frame that was taken already back to the next who asks for it. */
function nextAfter(line: Line, taken: Awaited<ReturnType<Line['next']>>): Line['next'] {
  const next = line.next.bind(line)
  let isGiven = false
  return ((type: Parameters<Line['next']>[0]) => {
    if (isGiven || type !== taken.type) return next(type)
    isGiven = true
    return Promise.resolve(taken)
  }) as Line['next']
}

describe('two connections of one worker', () => {
  it('leave the newer one, and the server online, in whichever order they register', async () => {
    const at = await bench()
    for (let round = 0; round < 10; round++) {
      const [older, newer] = await race(at, `worker-${String(round)}`, round % 2 === 0)
      await newer.next('registered')
      expect(await older.closed).toBe(4409)
      newer.send({ type: 'gpu.heartbeat', tasks: [] })
      await newer.next('gpu.heartbeat.ack')
      // It is offered work: the fleet knows that it is there.
      const { task_id } = await submit(at, { options: { name: `round ${String(round)}` } })
      expect((await newer.nextJob()).task_id).toBe(task_id)
      await at.call('/api/heygem/task/cancel', { json: { task_id } })
      await newer.cut()
    }
  })
})

describe('a worker that connects again and again', () => {
  it('is told to come later and when, while others are served', async () => {
    const at = await bench()
    const steady = await worker(at)
    for (let time = 0; time < 6; time++) await (await worker(at, { id: 'worker-flap' })).cut()
    const line = openLine(at.dspUrl)
    await introduce(line, workerInfo('worker-flap', 1), at)
    const { result } = await line.next('error')
    expect([result.code, await line.closed]).toEqual(['WORKER_FLAPPING', 4429])
    expect(result.retry_after_ms).toBeGreaterThan(0)
    const { task_id } = await submit(at)
    expect((await steady.nextJob()).task_id).toBe(task_id)
  })
})
