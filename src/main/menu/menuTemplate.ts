import type { MenuItemConstructorOptions } from 'electron'
import type { Language } from '../../protocol/errors/index.ts'

const LABELS = {
  en: { file: 'File', edit: 'Edit', view: 'View', window: 'Window' },
  'zh-CN': { file: '文件', edit: '编辑', view: '视图', window: '窗口' },
} as const satisfies Record<Language, Record<string, string>>

export interface MenuFacts {
  readonly platform: NodeJS.Platform
  readonly language: Language
  readonly hasDevTools: boolean
}

/** Roles only: Electron knows their shortcuts, and macOS needs them for copy and paste to work at all. */
export function menuTemplate({ platform, language, hasDevTools }: MenuFacts): MenuItemConstructorOptions[] {
  const labels = LABELS[language]
  const isMac = platform === 'darwin'
  const zoom: MenuItemConstructorOptions[] = [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }]
  const development: MenuItemConstructorOptions[] = [
    { role: 'reload' },
    { role: 'toggleDevTools' },
    { type: 'separator' },
  ]
  return [
    ...(isMac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    { label: labels.file, submenu: [isMac ? { role: 'close' } : { role: 'quit' }] },
    { label: labels.edit, role: 'editMenu' },
    {
      label: labels.view,
      submenu: [...(hasDevTools ? development : []), ...zoom, { type: 'separator' }, { role: 'togglefullscreen' }],
    },
    { label: labels.window, role: 'windowMenu' },
  ]
}
