import { BrowserWindow, screen } from 'electron'
import { z } from 'zod'
import type { Clock, Timer } from '../../shared/index.ts'
import { APP_ORIGIN } from '../protocol/index.ts'
import type { JsonFile } from '../storage/index.ts'
import { fitBounds } from './fitBounds.ts'
import { windowOptions } from './windowOptions.ts'
import type { WindowFacts } from './windowOptions.ts'

export const windowStateSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
  isMaximized: z.boolean(),
})

export type WindowState = z.infer<typeof windowStateSchema>

const PAGE = `${APP_ORIGIN}/index.html`
const SAVE_AFTER_MS = 500
/** A page that dies again and again is not reloaded for ever. */
const RELOADS = { count: 3, windowMs: 60_000 }

export interface MainWindowDeps {
  readonly facts: Omit<WindowFacts, 'bounds'>
  readonly store: JsonFile<WindowState>
  readonly clock: Clock
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
}

/** The one window of the app. `open` makes it when it is not there, and brings it to the front when it is. */
export interface MainWindow {
  open(): Promise<void>
  /** Opens the window at a place of the page ("/tasks?record=…"). */
  show(place: string): Promise<void>
  /** The window, for dialogs; undefined while it is closed. */
  current(): BrowserWindow | undefined
}

export function createMainWindow(deps: MainWindowDeps): MainWindow {
  let window: BrowserWindow | undefined
  let turn: Promise<void> = Promise.resolve()

  const create = async (place: string): Promise<void> => {
    const saved = await deps.store.read()
    const workAreas = screen.getAllDisplays().map((display) => display.workArea)
    const bounds = saved === null ? undefined : fitBounds(saved, workAreas)
    const created = new BrowserWindow(windowOptions({ ...deps.facts, bounds }))
    window = created
    created.once('closed', () => {
      window = undefined
    })
    created.once('ready-to-show', () => {
      if (saved?.isMaximized === true) created.maximize()
      created.show()
    })
    rememberBounds(created, deps)
    reloadAfterCrash(created, deps)
    await created.loadURL(addressOf(place))
  }

  const showNow = async (place: string | undefined): Promise<void> => {
    if (window === undefined) return create(place ?? '')
    bringToFront(window)
    // A change of the fragment alone does not load the page anew; the same address would.
    const address = place === undefined ? undefined : addressOf(place)
    if (address !== undefined && window.webContents.getURL() !== address) await window.loadURL(address)
  }

  // One after the other: two links at once must not make two windows.
  const show = (place: string | undefined): Promise<void> => {
    const shown = turn.then(() => showNow(place))
    turn = shown.catch(ignore)
    return shown
  }

  return { open: () => show(undefined), show, current: () => window }
}

/** Whoever asked was told already. */
function ignore(): void {
  return
}

const addressOf = (place: string): string => (place === '' ? PAGE : `${PAGE}#${place}`)

function bringToFront(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

function rememberBounds(window: BrowserWindow, { store, clock, log }: MainWindowDeps): void {
  let timer: Timer | undefined
  const save = (): void => {
    timer?.cancel()
    store.write({ ...window.getNormalBounds(), isMaximized: window.isMaximized() }).catch((error: unknown) => {
      log('window.bounds.unsaved', { error })
    })
  }
  const saveSoon = (): void => {
    timer?.cancel()
    timer = clock.setTimer(save, SAVE_AFTER_MS)
  }
  window.on('resize', saveSoon)
  window.on('move', saveSoon)
  window.on('close', save)
  window.once('closed', () => timer?.cancel())
}

function reloadAfterCrash(window: BrowserWindow, { clock, log }: MainWindowDeps): void {
  let crashes: readonly number[] = []
  window.webContents.on('render-process-gone', (_event, details) => {
    log('window.page.gone', { reason: details.reason, exitCode: details.exitCode })
    if (details.reason === 'clean-exit') return
    const nowMs = clock.monotonic()
    crashes = [...crashes.filter((atMs) => nowMs - atMs < RELOADS.windowMs), nowMs]
    if (crashes.length <= RELOADS.count) window.webContents.reload()
  })
}
