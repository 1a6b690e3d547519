export { lockNavigation } from './lockNavigation.ts'
export { createMainWindow, windowStateSchema } from './mainWindow.ts'
export type { MainWindow } from './mainWindow.ts'
