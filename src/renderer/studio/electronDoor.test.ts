import { os } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { afterEach, describe, expect, it } from 'vitest'
import { BRIDGE_KEY, PORT_MESSAGE } from '../../protocol/studio/bridge.ts'
import type { StudioBridge } from '../../protocol/studio/bridge.ts'
import { AppError } from '../../shared/index.ts'
import { createElectronDoor, findBridge } from './electronDoor.ts'

const HANDLE = `h_${'7'.repeat(32)}`

const opened: MessagePort[] = []

afterEach(() => {
  for (const port of opened.splice(0)) port.close()
})

/** A studio behind a real port: it answers one question. */
function studioPort(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  opened.push(port1, port2)
  new RPCHandler({ greet: os.handler(() => 'hello') }).upgrade(port1)
  port1.start()
  return port2
}

/** What the preload does: a window message with the port, from this window or another. */
function post(id: string, port: MessagePort, source: Window | null = window, kind: string = PORT_MESSAGE): void {
  const event = new MessageEvent('message', { data: { kind, id }, source })
  // jsdom's own ports are others than those that really carry messages here.
  Object.defineProperty(event, 'ports', { value: [port] })
  window.dispatchEvent(event)
}

const bridge = (over: Partial<StudioBridge<File>> = {}): StudioBridge<File> => ({
  door: 'electron',
  connect: async (id) => post(id, studioPort()),
  registerFile: async () => ({ ok: true, value: HANDLE }),
  ...over,
})

const open = (over: Partial<StudioBridge<File>> = {}, signal = new AbortController().signal) =>
  createElectronDoor(bridge(over), window).open(signal)

describe('the door of the desktop window', () => {
  it('is there when the preload has put its bridge on the window', () => {
    expect(findBridge({})).toBeNull()
    expect(findBridge({ [BRIDGE_KEY]: { door: 'electron' } })).toBeNull()
    const own = bridge()
    expect(findBridge({ [BRIDGE_KEY]: own })).toBe(own)
  })

  it('carries requests over the port the preload sends, and is lost with it', async () => {
    const ports: MessagePort[] = []
    const carrier = await open({
      connect: async (id) => {
        const port = studioPort()
        ports.push(port)
        post(id, port)
      },
    })
    expect(await carrier.link.call(['greet'], undefined, { context: {} })).toBe('hello')
    opened[0]?.close()
    expect(await carrier.closed).toBe('lost')
  })

  it('takes a port neither from another window nor for another request', async () => {
    const wrong: MessagePort[] = [studioPort(), studioPort(), studioPort()]
    const [foreign, other, kind] = wrong
    const right = studioPort()
    const carrier = await open({
      connect: async (id) => {
        if (foreign !== undefined) post(id, foreign, null)
        if (other !== undefined) post('another-request', other)
        if (kind !== undefined) post(id, kind, window, 'something.else')
        post(id, right)
      },
    })
    carrier.close()
    expect(await carrier.closed).toBe('lost')
    const closedRight = Promise.withResolvers<string>()
    right.addEventListener('close', () => closedRight.resolve('the one that was taken'))
    expect(await closedRight.promise).toBe('the one that was taken')
  })

  it('does not open when the studio cannot be reached, or when it is no longer wanted', async () => {
    await expect(open({ connect: () => Promise.reject(new Error('no studio')) })).rejects.toThrow('no studio')
    const stop = new AbortController()
    const opening = open({ connect: () => Promise.resolve() }, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(opening).rejects.toThrow('stopped')
  })

  it('hands a file over and answers its handle, or the refusal with its code', async () => {
    const options = { signal: new AbortController().signal, onProgress: () => undefined }
    const file = new File(['x'], 'talk.wav')
    expect(await createElectronDoor(bridge(), window).addFile(file, options)).toBe(HANDLE)
    const error = new AppError('FILE_UNREADABLE', { data: { file: 'talk.wav' } }).toJSON()
    const refusing = bridge({ registerFile: async () => ({ ok: false, error }) })
    await expect(createElectronDoor(refusing, window).addFile(file, options)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      data: { file: 'talk.wav' },
    })
  })
})
