import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { FromChild, ToChild } from '../protocol/process/index.ts'
import { createFakeClock } from '../shared/index.ts'
import type { ChildExit, ChildHandle, SpawnAdapter } from '../shared/node/index.ts'
import { createEmbeddedPipeline } from './embeddedPipeline.ts'

type Start = Extract<ToChild, { kind: 'start' }>

/** One life of a child that does only what the test says. */
interface FakeChild {
  readonly name: string
  readonly told: ToChild[]
  /** Told to stop, it goes only when the test says so. */
  lingers: boolean
  say(message: FromChild): void
  exit(exit?: ChildExit): void
}

const GONE: ChildExit = { code: 1, signal: null }

let children: FakeChild[]
let journal: string[]

beforeEach(() => {
  children = []
  journal = []
})

function adapter(name: string): SpawnAdapter {
  return {
    spawn(): ChildHandle {
      let onMessage: (message: unknown) => void = () => undefined
      let onExit: (exit: ChildExit) => void = () => undefined
      const child: FakeChild = {
        name,
        told: [],
        lingers: false,
        say: (message) => {
          onMessage(structuredClone(message))
        },
        exit: (exit = GONE) => {
          journal.push(`${name} gone`)
          onExit(exit)
        },
      }
      children.push(child)
      return {
        pid: children.length,
        send: (message) => {
          const sent = structuredClone(message) as ToChild
          child.told.push(sent)
          if (sent.kind !== 'stop' || child.lingers) return
          journal.push(`${name} stops`)
          child.exit({ code: 0, signal: null })
        },
        onMessage: (listener) => void (onMessage = listener),
        onExit: (listener) => void (onExit = listener),
        kill: () => {
          child.exit({ code: null, signal: 'SIGKILL' })
        },
      }
    },
  }
}

function open() {
  const clock = createFakeClock()
  const pipeline = createEmbeddedPipeline({
    dataDir: '/data',
    spawn: { gateway: adapter('gateway'), worker: adapter('worker') },
    engine: 'preview',
    slots: 1,
    ffmpegPath: null,
    clock,
    log: () => undefined,
  })
  return { pipeline, clock }
}

const latest = (name: string): FakeChild => {
  const child = children.findLast((candidate) => candidate.name === name)
  if (child === undefined) throw new Error(`no ${name} was started`)
  return child
}

const startOf = (child: FakeChild): Start => {
  const [first] = child.told
  if (first?.kind !== 'start') throw new Error('not started by a start message')
  return first
}

const gatewayReady: FromChild = { kind: 'ready', url: 'http://127.0.0.1:4321', port: 4321 }

describe('the embedded pipeline', () => {
  it('starts the worker when the gateway listens, with its address and a secret both know', async () => {
    const { pipeline } = open()
    const starting = pipeline.start()
    const gateway = startOf(latest('gateway'))
    expect(children.map(({ name }) => name)).toEqual(['gateway'])
    latest('gateway').say(gatewayReady)
    const address = await starting
    const worker = startOf(latest('worker'))
    expect(gateway).toMatchObject({ role: 'gateway', port: 0, tenant: 'this-pc', dataDir: '/data/gateway' })
    expect(worker).toMatchObject({ role: 'worker', gatewayUrl: address.url, dataDir: '/data/worker' })
    if (gateway.role !== 'gateway' || worker.role !== 'worker') throw new Error('roles are mixed up')
    expect(worker.workerSecret).toBe(gateway.workerSecret)
    expect(address).toEqual({ url: 'http://127.0.0.1:4321', token: gateway.licenseKey })
    expect(new Set([gateway.licenseKey, gateway.workerSecret, gateway.adminToken]).size).toBe(3)
  })

  it('asks for the same port and the same key when the gateway comes back after a crash', async () => {
    const { pipeline, clock } = open()
    const starting = pipeline.start()
    const first = startOf(latest('gateway'))
    latest('gateway').say(gatewayReady)
    await starting
    latest('gateway').exit()
    expect(pipeline.state.gateway).toBe('backingOff')
    clock.advance(1000)
    expect(startOf(latest('gateway'))).toEqual({ ...first, port: 4321 })
  })

  it('moves when somebody took the port while the gateway was down, and tells the worker and the studio', async () => {
    const { pipeline, clock } = open()
    const starting = pipeline.start()
    latest('gateway').say(gatewayReady)
    const { token } = await starting
    const moves: unknown[] = []
    pipeline.onMoved((address) => moves.push(address))
    latest('worker').say({ kind: 'ready' })
    latest('gateway').exit()
    clock.advance(1000)
    latest('gateway').say({ kind: 'failed', error: { code: 'PORT_IN_USE', message: 'taken', retryable: false } })
    latest('gateway').exit()
    clock.advance(5000)
    expect(startOf(latest('gateway'))).toMatchObject({ port: 0 })
    latest('gateway').say({ kind: 'ready', url: 'http://127.0.0.1:5678', port: 5678 })
    expect(moves).toEqual([{ url: 'http://127.0.0.1:5678', token }])
    expect(startOf(latest('worker'))).toMatchObject({ gatewayUrl: 'http://127.0.0.1:5678' })
  })

  it('starts no worker for a gateway that gets ready while it is being stopped', async () => {
    const { pipeline } = open()
    const starting = pipeline.start()
    const gateway = latest('gateway')
    gateway.lingers = true
    const stopping = pipeline.stop()
    await vi.waitFor(() => {
      expect(pipeline.state.gateway).toBe('stopping')
    })
    gateway.say(gatewayReady)
    gateway.exit({ code: 0, signal: null })
    await stopping
    await expect(starting).rejects.toMatchObject({ code: 'PROCESS_CRASHED' })
    expect(children.map(({ name }) => name)).toEqual(['gateway'])
  })

  it('believes a child that explains its failure, and does not try again', async () => {
    const { pipeline, clock } = open()
    const starting = pipeline.start()
    const error = { code: 'DB_IN_USE', message: 'in use', retryable: true, data: { file: 'gateway.db', pid: 7 } }
    latest('gateway').say({ kind: 'failed', error })
    latest('gateway').exit()
    await expect(starting).rejects.toMatchObject({ code: 'DB_IN_USE', data: { pid: 7 } })
    clock.advance(60_000)
    expect(children).toHaveLength(1)
  })

  it('gives up after three crashes in a minute and says so; reset tries again', async () => {
    const { pipeline, clock } = open()
    const starting = pipeline.start()
    latest('gateway').say(gatewayReady)
    await starting
    const told: string[] = []
    pipeline.onBroken((error) => told.push(error.code))
    for (let crash = 0; crash < 3; crash++) {
      latest('worker').exit()
      clock.advance(10_000)
    }
    expect(pipeline.state.worker).toBe('broken')
    expect(told).toEqual(['PROCESS_CRASHED'])
    const started = children.length
    pipeline.reset()
    expect(children).toHaveLength(started + 1)
  })

  it('tells why a part stays down in the part’s own words', async () => {
    const { pipeline, clock } = open()
    const starting = pipeline.start()
    latest('gateway').say(gatewayReady)
    await starting
    const told: string[] = []
    pipeline.onBroken((error) => told.push(error.code))
    for (let crash = 0; crash < 3; crash++) {
      latest('worker').say({ kind: 'failed', error: { code: 'DISK_FULL', message: 'full', retryable: true } })
      latest('worker').exit()
      clock.advance(10_000)
    }
    expect(told).toEqual(['DISK_FULL'])
  })

  it('stops the worker before the gateway', async () => {
    const { pipeline } = open()
    const starting = pipeline.start()
    latest('gateway').say(gatewayReady)
    await starting
    latest('worker').say({ kind: 'ready' })
    await pipeline.stop()
    expect(journal).toEqual(['worker stops', 'worker gone', 'gateway stops', 'gateway gone'])
  })
})
