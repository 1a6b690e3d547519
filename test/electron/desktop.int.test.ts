import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runApp } from '../../src/main/app/index.ts'
import { IPC_CHANNELS } from '../../src/protocol/platform/names.ts'
import { registerAppScheme } from '../../src/main/protocol/index.ts'
import { fake } from './fakeElectron.ts'
import { openPage } from './openPage.ts'

const root = resolve(import.meta.dirname, '../..')
const entry = (name: string): string => join(root, 'src/entries', `${name}.ts`)

let dir: string

const opened = () => {
  const [window] = fake.windows()
  if (window === undefined) throw new Error('no window is open')
  return window
}

/** The page asks until the studio is there, as the real one does. */
const openPageSoon = () => vi.waitFor(openPage, { timeout: 20_000, interval: 50 })

// The shell over its stand-in for Electron; studio, gateway and worker are the real programs in real processes.
describe('desktop app', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dhs-desktop-'))
    fake.reset()
    registerAppScheme()
    runApp(
      {
        dataDir: join(dir, 'data'),
        outputDir: join(dir, 'videos'),
        resourcesDir: join(root, 'resources'),
        preload: join(root, 'out/preload/index.cjs'),
        rendererDir: join(dir, 'renderer'),
        entries: { studio: entry('studio'), gateway: entry('gateway'), worker: entry('worker') },
      },
      null,
    )
    fake.becomeReady()
    await vi.waitFor(() => {
      expect(fake.windows()).toHaveLength(1)
    })
  })
  afterAll(async () => {
    if (fake.app.exitCode === undefined) fake.app.quit()
    await fake.app.whenExited()
    fake.reset()
    await rm(dir, { recursive: true, force: true })
  })

  it('opens its window before the parts are up, and loads our page only', () => {
    expect(opened().webContents.getURL()).toBe('app://studio/index.html')
    expect(opened().calls).toEqual(['show'])
  })

  it('joins the page and the studio by a port of their own', async () => {
    const page = await openPageSoon()
    const info = await page.client.info()
    expect(info.capabilities).toEqual({
      door: 'electron',
      pickFiles: true,
      revealInFolder: true,
      saveAs: true,
      notifications: true,
      pickFolder: true,
    })
    page.leave()
  })

  it('brings studio, gateway and worker together', async () => {
    const page = await openPageSoon()
    await vi.waitFor(
      async () => {
        const connection = await page.client.connection.get()
        expect([connection.kind, connection.state, connection.gpu?.engines.map(({ name }) => name)]).toEqual([
          'embedded',
          'online',
          ['preview'],
        ])
      },
      { timeout: 20_000, interval: 100 },
    )
    page.leave()
  })

  it('plays a file of this disk by its handle, with Range', async () => {
    const page = await openPageSoon()
    const { avatar } = await page.client.files.samples()
    const response = await fake.fetch(new URL(avatar.mediaUrl, 'app://studio/').href, {
      headers: { range: 'bytes=4-7' },
    })
    expect([response.status, await response.text()]).toEqual([206, 'ftyp'])
    expect((await fake.fetch('app://studio/media/h_00000000000000000000000000000000')).status).toBe(404)
    page.leave()
  })

  it('takes a dropped file by path and answers a handle the studio knows', async () => {
    const page = await openPageSoon()
    const path = join(root, 'resources/samples/welcome.wav')
    const answer = await fake.invoke(opened().webContents.mainFrame, IPC_CHANNELS.registerFile, path)
    expect(answer).toMatchObject({ ok: true })
    const { value } = answer as { readonly value: string }
    const file = await page.client.files.describe({ handle: value })
    expect([file.name, file.error, file.probe?.audio?.channels]).toEqual(['welcome.wav', null, 1])
    expect(JSON.stringify(file)).not.toContain(root)
    page.leave()
  })

  it('picks files by the dialog of the desktop', async () => {
    const page = await openPageSoon()
    fake.desktop.openAnswer = { canceled: false, filePaths: [join(root, 'resources/samples/presenter.mp4')] }
    const [file] = await page.client.files.pick({ role: 'avatar', multiple: false })
    expect([file?.name, file?.probe?.video?.codec]).toEqual(['presenter.mp4', 'avc'])
    expect(fake.desktop.asked.at(-1)).toMatchObject({ properties: ['openFile'] })
    page.leave()
  })

  it('ends the ports of a page that was reloaded, and gives the next load its own', async () => {
    const first = await openPageSoon()
    const stream = await first.client.events()
    expect(await stream.next()).toMatchObject({ value: { kind: 'resync' } })
    first.leave()
    await first.closed
    const second = await openPageSoon()
    expect((await second.client.settings.get()).firstRunDone).toBe(false)
    second.leave()
  })

  it('starts a studio that died again; the page finds the new one', async () => {
    const page = await openPageSoon()
    await page.client.settings.set({ theme: 'dark' })
    const studio = fake.forked.find(({ modulePath }) => modulePath === entry('studio'))
    process.kill(studio?.child.pid ?? 0, 'SIGKILL')
    await page.closed
    const next = await openPageSoon()
    expect((await next.client.settings.get()).theme).toBe('dark')
    await vi.waitFor(
      async () => {
        expect((await next.client.connection.get()).state).toBe('online')
      },
      { timeout: 20_000, interval: 100 },
    )
    next.leave()
  })

  it('follows a link of a second instance, and comes to the front without one', async () => {
    const record = `r_${'1'.repeat(32)}`
    fake.app.emit('second-instance', {}, [], '', { link: `dhstudio://task/${record}` })
    await vi.waitFor(() => {
      expect(opened().webContents.getURL()).toBe(`app://studio/index.html#/tasks?record=${record}`)
    })
    fake.app.emit('second-instance', {}, [], '', 'not what we send')
    await vi.waitFor(() => {
      expect(opened().calls.at(-1)).toBe('focus')
    })
  })

  it('passes no secret by argument or environment', () => {
    expect(fake.forked.map(({ modulePath }) => modulePath).sort()).toEqual(
      [entry('gateway'), entry('studio'), entry('studio'), entry('worker')].sort(),
    )
    for (const { args, options } of fake.forked) {
      expect(args).toEqual([])
      expect(Object.keys(options.env ?? {}).filter((name) => /^DHS_|SECRET|TOKEN|LICENSE/i.test(name))).toEqual([])
    }
  })

  it('quits within ten seconds: every child ends by itself, nothing is left open', async () => {
    const startedMs = performance.now()
    fake.app.quit()
    fake.app.quit()
    expect(await fake.app.whenExited()).toBe(0)
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    expect(opened().calls.at(-1)).toBe('hide')
    const last = fake.forked.filter(({ child }) => child.exitedWith !== 137 && child.exitedWith !== 9)
    expect(last.map(({ child }) => child.exitedWith)).toEqual([0, 0, 0])
    expect(fake.ipcChannels()).toEqual([])
    const log = await readFile(join(dir, 'data/logs/main.log'), 'utf8')
    expect(log).not.toContain('quit.late')
    expect(log).not.toMatch(/lk_[0-9a-f]{8}/)
  })
})
