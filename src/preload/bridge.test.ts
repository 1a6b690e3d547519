import { beforeEach, describe, expect, it } from 'vitest'
import { ipcRenderer, webUtils } from 'electron'
import { createBridge } from './bridge.ts'
import { IPC_CHANNELS } from '../protocol/platform/names.ts'
import { BRIDGE_KEY, PORT_MESSAGE } from '../protocol/studio/bridge.ts'
import { fake } from '../../test/electron/fakeElectron.ts'

const FAILED = { ok: false, error: { code: 'PROCESS_CRASHED', message: 'x', retryable: true } }

describe('preload', () => {
  const posted: { readonly message: unknown; readonly ports: readonly unknown[] }[] = []
  const invoked: unknown[][] = []
  let answer: unknown

  const make = () =>
    createBridge({ ipc: ipcRenderer, files: webUtils, post: (message, ports) => void posted.push({ message, ports }) })

  beforeEach(() => {
    fake.reset()
    posted.splice(0)
    invoked.splice(0)
    answer = { ok: true, value: undefined }
    fake.page.onInvoke = async (...args) => {
      invoked.push(args)
      return answer
    }
  })

  it('asks for a port and passes it on to the page with the id it was asked for', async () => {
    const bridge = make()
    await bridge.connect('id-1')
    const { port1 } = new MessageChannel()
    fake.page.deliver(IPC_CHANNELS.port, { id: 'id-1' }, [port1])
    expect([invoked, posted]).toEqual([
      [[IPC_CHANNELS.connect, 'id-1']],
      [{ message: { kind: PORT_MESSAGE, id: 'id-1' }, ports: [port1] }],
    ])
    port1.close()
  })

  it('rejects when the studio cannot be reached', async () => {
    answer = FAILED
    await expect(make().connect('id-1')).rejects.toThrow('PROCESS_CRASHED')
  })

  it('turns a file into a handle by its path, which stays on this side', async () => {
    const file = new File(['x'], 'clip.mp4')
    fake.page.paths.set(file, '/home/a/clip.mp4')
    answer = { ok: true, value: 'h_1' }
    expect(await make().registerFile(file)).toEqual({ ok: true, value: 'h_1' })
    expect(invoked).toEqual([[IPC_CHANNELS.registerFile, '/home/a/clip.mp4']])
  })

  it('answers a refusal as a value, code and all', async () => {
    answer = FAILED
    expect(await make().registerFile(new File([], 'made by a script'))).toEqual(FAILED)
    expect(invoked).toEqual([[IPC_CHANNELS.registerFile, '']])
  })

  it('exposes one object, of functions only, and nothing of Electron', async () => {
    await import('./index.ts')
    const [[key, api] = []] = fake.page.exposed
    expect([fake.page.exposed.size, key]).toEqual([1, BRIDGE_KEY])
    expect(Object.entries(api as object).map(([name, value]) => [name, typeof value])).toEqual([
      ['door', 'string'],
      ['connect', 'function'],
      ['registerFile', 'function'],
    ])
  })
})
