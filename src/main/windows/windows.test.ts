import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { fake } from '../../../test/electron/fakeElectron.ts'
import type { JsonFile } from '../storage/index.ts'
import { createMainWindow, lockNavigation } from './index.ts'
import type { WindowState } from './mainWindow.ts'

const PRELOAD = '/app/out/preload/index.cjs'

function memoryStore(initial: WindowState | null) {
  const written: WindowState[] = []
  const file: JsonFile<WindowState> = {
    read: async () => initial,
    write: async (value) => void written.push(value),
  }
  return { file, written }
}

function setUp(
  options: { readonly saved?: WindowState; readonly isPackaged?: boolean; readonly preload?: string } = {},
) {
  fake.reset()
  fake.becomeReady()
  const logged: string[] = []
  const log = (event: string): void => void logged.push(event)
  const clock = createFakeClock()
  const store = memoryStore(options.saved ?? null)
  lockNavigation(log)
  const window = createMainWindow({
    facts: {
      preload: options.preload ?? PRELOAD,
      isPackaged: options.isPackaged ?? true,
      icon: undefined,
      title: 'Digital Human Studio',
    },
    store: store.file,
    clock,
    log,
  })
  return { window, clock, store, logged }
}

const opened = () => {
  const [window] = fake.windows()
  if (window === undefined) throw new Error('no window is open')
  return window
}

describe('window', () => {
  let set: ReturnType<typeof setUp>
  beforeEach(() => {
    set = setUp()
  })

  it('is hardened', async () => {
    await set.window.open()
    const { webPreferences, ...rest } = opened().options
    expect(webPreferences).toEqual({
      preload: PRELOAD,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: false,
    })
    expect(rest).toMatchObject({ show: false, width: 1280, height: 800, minWidth: 900, minHeight: 600 })
  })

  it('has developer tools in development only', async () => {
    const { window } = setUp({ isPackaged: false })
    await window.open()
    expect(opened().options.webPreferences?.devTools).toBe(true)
  })

  it('is opened once, shows when it is ready, and comes to the front when asked again', async () => {
    await Promise.all([set.window.open(), set.window.open()])
    expect(fake.windows()).toHaveLength(1)
    expect([opened().webContents.getURL(), opened().calls]).toEqual([
      'app://studio/index.html',
      ['show', 'show', 'focus'],
    ])
    opened().isMinimizedNow = true
    await set.window.open()
    expect([opened().isMinimized(), opened().isFocused()]).toEqual([false, true])
  })

  it('opens at a place, moves there by fragment, and does not load what is shown already', async () => {
    await set.window.show('/tasks?record=r_1')
    expect(opened().webContents.getURL()).toBe('app://studio/index.html#/tasks?record=r_1')
    await set.window.show('/history')
    expect(opened().webContents.getURL()).toBe('app://studio/index.html#/history')
    let loads = 0
    opened().webContents.on('did-finish-load', () => (loads += 1))
    await set.window.show('/history')
    expect(loads).toBe(0)
  })

  it('remembers where it was, once the dragging is over, and at the end', async () => {
    await set.window.open()
    for (const x of [10, 20, 30]) opened().setBounds({ x, y: 5, width: 1000, height: 700 })
    expect(set.store.written).toEqual([])
    set.clock.advance(500)
    const last = { x: 30, y: 5, width: 1000, height: 700, isMaximized: false }
    expect(set.store.written).toEqual([last])
    opened().close()
    expect([set.store.written, set.window.current(), set.clock.pendingTimers]).toEqual([[last, last], undefined, 0])
  })

  it('opens where it was', async () => {
    const { window } = setUp({ saved: { x: 100, y: 90, width: 1100, height: 720, isMaximized: true } })
    await window.open()
    expect(opened().options).toMatchObject({ x: 100, y: 90, width: 1100, height: 720 })
    expect(opened().calls).toEqual(['maximize', 'show'])
  })

  it('reloads a page that died, three times in a minute at most', async () => {
    await set.window.open()
    const { webContents } = opened()
    for (let crash = 1; crash <= 5; crash += 1) webContents.emit('render-process-gone', {}, { reason: 'crashed' })
    expect(webContents.reloads).toBe(3)
    set.clock.advance(60_000)
    webContents.emit('render-process-gone', {}, { reason: 'oom' })
    webContents.emit('render-process-gone', {}, { reason: 'clean-exit' })
    expect(webContents.reloads).toBe(4)
  })

  it('cannot be made before ready, nor with a preload the sandbox would not load', async () => {
    const { window } = setUp({ preload: '/app/out/preload/index.mjs' })
    await expect(window.open()).rejects.toThrow('a sandboxed preload is CommonJS')
    fake.reset()
    await expect(window.open()).rejects.toThrow('before the app is ready')
  })
})

describe('navigation', () => {
  interface Attempt {
    readonly url: string
    readonly isMainFrame: boolean
    preventDefault(): void
  }

  const isPrevented = (event: string, url: string, isMainFrame = true): boolean => {
    let prevented = false
    const attempt: Attempt = {
      url,
      isMainFrame,
      preventDefault: () => {
        prevented = true
      },
    }
    opened().webContents.emit(event, attempt)
    return prevented
  }

  const ELSEWHERE = [
    'https://evil.test/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'app://evil/',
    'app://studio/media/h_1',
    'app://studio.evil/index.html',
    'devtools://devtools/',
  ]

  beforeEach(async () => {
    await setUp().window.open()
  })

  it.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])('B089 %s leads nowhere else', (event) => {
    expect(ELSEWHERE.filter((url) => !isPrevented(event, url))).toEqual([])
    expect(isPrevented(event, 'app://studio/index.html#/tasks')).toBe(false)
  })

  it('B090 no frame is filled, not even with our own page', () => {
    expect(isPrevented('will-frame-navigate', 'app://studio/index.html', false)).toBe(true)
    expect(isPrevented('will-frame-navigate', 'https://evil.test/', false)).toBe(true)
  })

  it('B090 no webview is attached', () => {
    expect(isPrevented('will-attach-webview', '')).toBe(true)
  })

  it('B089 no second window is opened', () => {
    type Details = Parameters<NonNullable<ReturnType<typeof opened>['webContents']['windowOpenHandler']>>[0]
    for (const url of [...ELSEWHERE, 'app://studio/index.html']) {
      expect(opened().webContents.windowOpenHandler?.({ url } as Details)).toEqual({ action: 'deny' })
    }
  })
})
