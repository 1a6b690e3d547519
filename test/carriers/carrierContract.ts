import { createORPCClient } from '@orpc/client'
import type { ClientContext, ClientLink } from '@orpc/client'
import type { AnyRouter } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GARBAGE, REFUSAL, serveContract } from './testRouter.ts'
import type { Served, TestClient } from './testRouter.ts'

/** One open connection, seen from the caller's side. */
export interface OpenCarrier {
  readonly link: ClientLink<ClientContext>
  /** Breaks the connection as a lost network or a reloaded page does. */
  drop(): void
}

export interface CarrierSubject {
  readonly name: string
  /** Starts what serves a router over this carrier. */
  readonly serve: (router: AnyRouter) => Promise<{
    readonly connect: () => Promise<OpenCarrier>
    /** Sends what is no frame of the protocol, on a connection of its own. */
    readonly sendGarbage: (garbage: unknown) => Promise<void>
    readonly stop: () => Promise<void>
  }>
}

/** What every carrier of the studio contract must do, the same for a message port and a WebSocket. */
export function describeCarrier(subject: CarrierSubject): void {
  describe(`carrier: ${subject.name}`, () => {
    const bench = createBench(subject)
    beforeEach(() => bench.start())
    afterEach(() => bench.stop())
    testCalls(bench)
    testStreams(bench)
    testBreaks(bench)
  })
}

interface Bench {
  start(): Promise<void>
  stop(): Promise<void>
  /** What is served in this test. */
  served(): Served
  open(): Promise<TestClient>
  dropLast(): void
  sendGarbage(garbage: string): Promise<void>
}

function createBench(subject: CarrierSubject): Bench {
  const opened: OpenCarrier[] = []
  let served = serveContract()
  let host: Awaited<ReturnType<CarrierSubject['serve']>> | undefined
  const running = () => {
    if (host === undefined) throw new Error('nothing is served')
    return host
  }
  return {
    async start() {
      served = serveContract()
      host = await subject.serve(served.router)
    },
    async stop() {
      for (const carrier of opened.splice(0)) carrier.drop()
      await host?.stop()
    },
    served: () => served,
    async open() {
      const carrier = await running().connect()
      opened.push(carrier)
      return createORPCClient(carrier.link)
    },
    dropLast() {
      opened.pop()?.drop()
    },
    sendGarbage: (garbage) => running().sendGarbage(garbage),
  }
}

function testCalls(bench: Bench): void {
  it('carries calls, nested ones and many at once', async () => {
    const client = await bench.open()
    const sums = await Promise.all(Array.from({ length: 50 }, (_, a) => client.nested.add({ a, b: 1 })))
    expect(sums).toEqual(Array.from({ length: 50 }, (_, a) => a + 1))
    expect(await client.echo({ text: '你好 😀 "\\' })).toEqual({ text: '你好 😀 "\\' })
  })

  it('rejects with the declared failure, its code, data and hint', async () => {
    const client = await bench.open()
    await expect(client.refuse()).rejects.toMatchObject({ code: 'FAILED', defined: true, data: REFUSAL })
  })

  it('tells nothing of a bug but that there is one', async () => {
    const client = await bench.open()
    const error: unknown = await client.crash().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  it('refuses what the schema does not know, and goes on', async () => {
    const client = await bench.open()
    const wrong = { text: 7 } as unknown
    await expect(client.echo(wrong as { text: string })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    expect(await client.echo({ text: 'on' })).toEqual({ text: 'on' })
  })

  it('carries a large payload both ways', async () => {
    const client = await bench.open()
    const text = '影'.repeat(64 * 1024)
    expect((await client.echo({ text })).text).toBe(text)
  })

  it('aborts a call on the serving side when the caller gives up', async () => {
    const client = await bench.open()
    const giveUp = new AbortController()
    const waiting = client.hang(undefined, { signal: giveUp.signal }).catch(() => 'gave up')
    await vi.waitFor(() => {
      expect(bench.served().hanging).toBe(1)
    })
    giveUp.abort()
    expect(await waiting).toBe('gave up')
    await vi.waitFor(() => {
      expect(bench.served().hanging).toBe(0)
    })
  })
}

function testStreams(bench: Bench): void {
  it('streams events in order until the caller leaves, and then holds nothing', async () => {
    const client = await bench.open()
    const stream = await client.events()
    const seen = take(stream, 3)
    await vi.waitFor(() => {
      expect(bench.served().ticks.listenerCount).toBe(1)
    })
    for (const count of [1, 2, 3]) bench.served().ticks.emit(count)
    expect(await seen).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }])
    await vi.waitFor(() => {
      bench.served().ticks.emit(4)
      expect(bench.served().ticks.listenerCount).toBe(0)
    })
    expect(await client.echo({ text: 'still here' })).toEqual({ text: 'still here' })
  })
}

function testBreaks(bench: Bench): void {
  it('ends the streams and waits of a caller whose connection broke', async () => {
    const client = await bench.open()
    const stream = await client.events()
    const end = take(stream, 1).catch(() => 'broken')
    const call_ = client.hang().catch(() => 'broken')
    await vi.waitFor(() => {
      expect([bench.served().ticks.listenerCount, bench.served().hanging]).toEqual([1, 1])
    })
    bench.dropLast()
    expect(await Promise.all([call_, end])).toEqual(['broken', 'broken'])
    await vi.waitFor(() => {
      bench.served().ticks.emit(1)
      expect([bench.served().ticks.listenerCount, bench.served().hanging]).toEqual([0, 0])
    })
  })

  it('serves a caller that comes back, and several at once', async () => {
    const first = await bench.open()
    expect(await first.nested.add({ a: 1, b: 1 })).toBe(2)
    bench.dropLast()
    const [second, third] = await Promise.all([bench.open(), bench.open()])
    expect(await Promise.all([second.nested.add({ a: 2, b: 2 }), third.nested.add({ a: 3, b: 3 })])).toEqual([4, 6])
  })

  it('outlives what is no frame of it', async () => {
    const client = await bench.open()
    for (const garbage of GARBAGE) await bench.sendGarbage(garbage)
    expect(await client.echo({ text: 'alive' })).toEqual({ text: 'alive' })
  })
}

async function take<T>(stream: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = []
  for await (const item of stream) {
    taken.push(item)
    if (taken.length === count) break
  }
  return taken
}
