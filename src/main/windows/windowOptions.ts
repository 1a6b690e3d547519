import type { BrowserWindowConstructorOptions, Rectangle } from 'electron'

export interface WindowFacts {
  readonly preload: string
  readonly isPackaged: boolean
  readonly bounds: Rectangle | undefined
  readonly icon: string | undefined
  readonly title: string
}

const DEFAULT_SIZE = { width: 1280, height: 800 }
const MIN_SIZE = { minWidth: 900, minHeight: 600 }

/** The window, hardened: each line that is also Electron's default is said, so that a change of default cannot loosen it. */
export function windowOptions(facts: WindowFacts): BrowserWindowConstructorOptions {
  return {
    ...DEFAULT_SIZE,
    ...MIN_SIZE,
    ...facts.bounds,
    ...(facts.icon === undefined ? {} : { icon: facts.icon }),
    title: facts.title,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload: facts.preload,
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
      devTools: !facts.isPackaged,
    },
  }
}
