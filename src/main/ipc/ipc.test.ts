import { beforeEach, describe, expect, it } from 'vitest'
import { AppError, createFakeClock } from '../../shared/index.ts'
import { IPC_CHANNELS } from '../../protocol/platform/names.ts'
import { fake } from '../../../test/electron/fakeElectron.ts'
import { createIpc, servePage } from './index.ts'

const ID = '8f7d3a52-3c1e-4d7b-9a77-2f6f0f4f5a10'
const { connect, registerFile } = IPC_CHANNELS

function serve() {
  fake.reset()
  fake.becomeReady()
  const clock = createFakeClock()
  const logged: unknown[] = []
  const connected: string[] = []
  const ipc = createIpc({ clock, log: (event, fields) => void logged.push({ event, ...fields }) })
  servePage(ipc, {
    connect: (_frame, id) => void connected.push(id),
    registerPath: async (path) => {
      if (path === '/down') throw new AppError('PROCESS_CRASHED', { retryable: true, data: { process: 'studio' } })
      if (path === '/bug') throw new Error('cannot read /home/someone/secret')
      return `h_of_${path}`
    },
  })
  return { ipc, clock, logged, connected }
}

const ours = () => fake.frame('app://studio')
const refusal = (code: string, retryable = false): unknown => {
  const error: unknown = expect.objectContaining({ code, retryable })
  return { ok: false, error }
}

describe('ipc', () => {
  let served: ReturnType<typeof serve>
  beforeEach(() => {
    served = serve()
  })

  it('answers the page', async () => {
    expect(await fake.invoke(ours(), registerFile, '/video.mp4')).toEqual({ ok: true, value: 'h_of_/video.mp4' })
    expect(await fake.invoke(ours(), connect, ID)).toEqual({ ok: true, value: undefined })
    expect(served.connected).toEqual([ID])
  })

  it.each([
    ['a destroyed frame', () => null],
    ['a sub-frame of our page', () => fake.frame('app://studio', ours())],
    ['another origin', () => fake.frame('https://evil.test')],
    ['an origin that begins like ours', () => fake.frame('app://studio.evil')],
    ['developer tools', () => fake.frame('devtools://devtools')],
    ['an opaque origin', () => fake.frame('null')],
  ])('B079 refuses %s', async (_name, sender) => {
    expect(await fake.invoke(sender(), connect, ID)).toEqual(refusal('IPC_SENDER'))
    expect(served.connected).toEqual([])
  })

  it('B080 B082 B084 B088 has no channel for anything else', async () => {
    expect(fake.ipcChannels()).toEqual([connect, registerFile].sort())
    await expect(fake.invoke(ours(), 'dhs.openPath', '/etc/passwd')).rejects.toThrow('No handler registered')
    await expect(fake.invoke(ours(), 'dhs.token')).rejects.toThrow('No handler registered')
  })

  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  it.each([
    ['no argument', []],
    ['two arguments', ['/a', '/b']],
    ['null', [null]],
    ['a number', [7]],
    ['an object', [{ path: '/a' }]],
    ['a date', [new Date(0)]],
    ['a map', [new Map([['path', '/a']])]],
    ['a cycle', [cyclic]],
    ['a list', [['/a']]],
    ['a path that is too long', ['/'.repeat(40_000)]],
  ])('B081 refuses %s', async (_name, args) => {
    expect(await fake.invoke(ours(), registerFile, ...args)).toEqual(refusal('IPC_SCHEMA'))
  })

  it('refuses a connect id of its own making', async () => {
    expect(await fake.invoke(ours(), connect, 'x')).toEqual(refusal('IPC_SCHEMA'))
  })

  it('refuses a file without a place on this disk', async () => {
    expect(await fake.invoke(ours(), registerFile, '')).toEqual(refusal('NOT_A_FILE'))
    expect(await fake.invoke(ours(), registerFile, 'relative.mp4')).toEqual(refusal('NOT_A_FILE'))
  })

  it('B087 refuses a flood, and goes on by itself', async () => {
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => fake.invoke(ours(), registerFile, '/a')))
    const refused = answers.filter((answer) => !(answer as { ok: boolean }).ok)
    expect(refused).toHaveLength(900)
    expect(refused[0]).toEqual(refusal('IPC_RATE', true))
    served.clock.advance(100)
    const later = await Promise.all(Array.from({ length: 6 }, () => fake.invoke(ours(), registerFile, '/a')))
    expect(later.map((answer) => (answer as { ok: boolean }).ok)).toEqual([true, true, true, true, true, false])
  })

  it('passes on what the studio refuses, with code and data', async () => {
    expect(await fake.invoke(ours(), registerFile, '/down')).toEqual({
      ok: false,
      error: { code: 'PROCESS_CRASHED', message: 'PROCESS_CRASHED', retryable: true, data: { process: 'studio' } },
    })
  })

  it('keeps the detail of a bug in the log', async () => {
    expect(await fake.invoke(ours(), registerFile, '/bug')).toEqual({
      ok: false,
      error: { code: 'INTERNAL', message: 'INTERNAL', retryable: false },
    })
    expect(served.logged).toEqual([expect.objectContaining({ event: 'ipc.refused', code: 'INTERNAL' })])
    const [line] = served.logged as [{ readonly error: Error }]
    expect(line.error.message).toContain('secret')
  })

  it('closes every channel', () => {
    served.ipc.close()
    served.ipc.close()
    expect(fake.ipcChannels()).toEqual([])
  })
})
