/**
 * Stands in for the module `electron` where there is no binary. Each part is typed against electron.d.ts, records what
 * it was given, and throws on what the real one does not allow. Tests read and steer it through `fake`.
 */
import { fakeApp } from './fake/app.ts'
import { desktop, resetDesktop } from './fake/desktop.ts'
import { fetchFromPage, fakeDefaultSession, registeredSchemes, resetSession } from './fake/session.ts'
import { forked } from './fake/utility.ts'
import { invokeFrom, ipcChannels, resetIpc } from './fake/ipc.ts'
import { lifecycle } from './fake/lifecycle.ts'
import { page, resetPage } from './fake/page.ts'
import { destroyAllWindows, FakeBrowserWindow, FakeFrame } from './fake/windows.ts'

export { fakeApp as app } from './fake/app.ts'
export {
  fakeDialog as dialog,
  fakeMenu as Menu,
  FakeNotification as Notification,
  fakePowerSaveBlocker as powerSaveBlocker,
  fakeSafeStorage as safeStorage,
  fakeScreen as screen,
  fakeShell as shell,
} from './fake/desktop.ts'
export { fakeIpcMain as ipcMain } from './fake/ipc.ts'
export {
  fakeContextBridge as contextBridge,
  fakeIpcRenderer as ipcRenderer,
  fakeWebUtils as webUtils,
} from './fake/page.ts'
export { FakeMessageChannelMain as MessageChannelMain } from './fake/ports.ts'
export { fakeProtocol as protocol, fakeSession as session } from './fake/session.ts'
export { FakeUtilityProcess as utilityProcess } from './fake/utility.ts'
export { FakeBrowserWindow as BrowserWindow } from './fake/windows.ts'

export const fake = {
  app: fakeApp,
  desktop,
  session: fakeDefaultSession,
  page,
  forked,
  becomeReady: (): void => lifecycle.becomeReady(),
  schemes: registeredSchemes,
  /** A request of the page to our scheme. */
  fetch: fetchFromPage,
  /** `ipcRenderer.invoke` of a frame; null = the frame is gone. */
  invoke: invokeFrom,
  ipcChannels,
  windows: (): FakeBrowserWindow[] => FakeBrowserWindow.getAllWindows(),
  frame: (origin: string, parent: FakeFrame | null = null): FakeFrame => new FakeFrame(origin, parent),
  /** Back to the state before the app was started. */
  reset(): void {
    destroyAllWindows()
    lifecycle.reset()
    fakeApp.reset()
    resetSession()
    resetIpc()
    resetDesktop()
    resetPage()
    forked.splice(0)
  },
}
