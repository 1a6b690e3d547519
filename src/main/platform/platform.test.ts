import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { BrowserWindow, MessageChannelMain } from 'electron'
import type { MessagePortMain } from 'electron'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PlatformContract } from '../../protocol/platform/index.ts'
import { fake } from '../../../test/electron/fakeElectron.ts'
import { createDialogs, createKeepAwake, servePlatform } from './index.ts'

const RECORD = `r_${'0'.repeat(32)}`

let client: ContractRouterClient<PlatformContract>
let studioEnd: MessagePortMain
const shown: string[] = []
const secrets = new Map<string, string>()

const lastAsked = (): unknown => fake.desktop.asked.at(-1)

describe('platform', () => {
  beforeEach(() => {
    fake.reset()
    fake.becomeReady()
    shown.splice(0)
    const { port1, port2 } = new MessageChannelMain()
    studioEnd = port2
    servePlatform(port1, {
      dialogs: createDialogs({ language: 'zh-CN', window: () => undefined, saveDir: '/home/a/Videos' }),
      secrets: {
        get: async (name) => secrets.get(name) ?? null,
        set: async (name, value) => {
          if (value === null) secrets.delete(name)
          else secrets.set(name, value)
          return { persisted: true }
        },
      },
      keepAwake: createKeepAwake(),
      openRecord: (recordId) => void shown.push(recordId),
    })
    client = createORPCClient(new RPCLink({ port: port2 }))
    port2.start()
  })
  afterEach(() => {
    studioEnd.close()
  })

  it('picks files with filters for their role', async () => {
    expect(await client.pickFiles({ role: 'avatar', multiple: false })).toEqual([])
    fake.desktop.openAnswer = { canceled: false, filePaths: ['/a.wav', '/b.wav'] }
    expect(await client.pickFiles({ role: 'voice', multiple: true })).toEqual(['/a.wav', '/b.wav'])
    expect(lastAsked()).toEqual({
      properties: ['openFile', 'multiSelections'],
      filters: [
        { name: '音频', extensions: ['wav', 'mp3', 'm4a', 'aac', 'flac', 'ogg'] },
        { name: '所有文件', extensions: ['*'] },
      ],
    })
  })

  it.each([
    ['../../x.mp4', '/home/a/Videos/.._.._x.mp4'],
    ['a/b.mp4', '/home/a/Videos/a_b.mp4'],
    ['CON.mp4', '/home/a/Videos/_CON.mp4'],
    ['clip.mp4. ', '/home/a/Videos/clip.mp4'],
    ['发布会\u202egpj.mp4', '/home/a/Videos/发布会gpj.mp4'],
  ])('B085 offers %j as a plain name', async (suggestedName, defaultPath) => {
    expect(await client.pickSavePath({ suggestedName })).toBeNull()
    expect(lastAsked()).toMatchObject({ defaultPath, filters: [{ name: '视频', extensions: ['mp4'] }] })
  })

  it('B085 cuts a name that is too long, and refuses one of nothing', async () => {
    await client.pickSavePath({ suggestedName: `${'长'.repeat(300)}.mp4` })
    const { defaultPath } = lastAsked() as { readonly defaultPath: string }
    expect(Buffer.byteLength(defaultPath.slice('/home/a/Videos/'.length))).toBeLessThanOrEqual(255)
    await expect(client.pickSavePath({ suggestedName: '///' })).rejects.toMatchObject({
      code: 'FAILED',
      data: { code: 'NAME_INVALID' },
    })
  })

  it('answers where to save', async () => {
    fake.desktop.saveAnswer = { canceled: false, filePath: '/home/a/x.mp4' }
    expect(await client.pickSavePath({ suggestedName: 'x.mp4' })).toBe('/home/a/x.mp4')
  })

  it('shows a file in its folder, never opens it', async () => {
    await client.revealInFolder({ path: '/home/a/Videos/x.mp4' })
    expect(fake.desktop.revealed).toEqual(['/home/a/Videos/x.mp4'])
    await expect(client.revealInFolder({ path: 'x.mp4' })).rejects.toMatchObject({ data: { code: 'FILE_NOT_FOUND' } })
  })

  it('notifies who does not look, and leads to the record', async () => {
    const note = { title: '完成', body: '发布会 <b>x</b>', recordId: RECORD }
    const window = new BrowserWindow()
    window.focus()
    await client.notify(note)
    expect(fake.desktop.notifications).toEqual([])
    fake.reset()
    fake.becomeReady()
    await client.notify(note)
    const [notification] = fake.desktop.notifications
    expect([notification?.options, notification?.isShown]).toEqual([{ title: '完成', body: '发布会 <b>x</b>' }, true])
    notification?.emit('click')
    expect(shown).toEqual([RECORD])
  })

  it('keeps secrets by name', async () => {
    expect(await client.secrets.set({ name: 'license', value: 'k' })).toEqual({ persisted: true })
    expect(await client.secrets.get({ name: 'license' })).toBe('k')
    await client.secrets.set({ name: 'license', value: null })
    expect(await client.secrets.get({ name: 'license' })).toBeNull()
  })

  it('keeps the PC awake once, and lets go when told or when the studio is gone', async () => {
    await client.keepAwake({ on: true })
    await client.keepAwake({ on: true })
    expect(fake.desktop.blockers.size).toBe(1)
    await client.keepAwake({ on: false })
    await client.keepAwake({ on: false })
    expect(fake.desktop.blockers.size).toBe(0)
    await client.keepAwake({ on: true })
    studioEnd.close()
    await vi.waitFor(() => {
      expect(fake.desktop.blockers.size).toBe(0)
    })
  })

  it('refuses what the contract does not know', async () => {
    const wrong = { role: 'passwd', multiple: false } as unknown
    await expect(client.pickFiles(wrong as { role: 'avatar'; multiple: false })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
    expect(fake.desktop.asked).toEqual([])
  })
})
