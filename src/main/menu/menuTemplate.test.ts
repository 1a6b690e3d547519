import { describe, expect, it } from 'vitest'
import type { MenuItemConstructorOptions } from 'electron'
import { menuTemplate } from './menuTemplate.ts'

const rolesOf = (items: readonly MenuItemConstructorOptions[]): unknown[] =>
  items.flatMap((item) => [item.role ?? [], Array.isArray(item.submenu) ? rolesOf(item.submenu) : []].flat())

describe('menu', () => {
  it('has the application menu and close on macOS, quit elsewhere', () => {
    const mac = menuTemplate({ platform: 'darwin', language: 'en', hasDevTools: false })
    const linux = menuTemplate({ platform: 'linux', language: 'en', hasDevTools: false })
    expect(rolesOf(mac)).toEqual(expect.arrayContaining(['appMenu', 'close', 'editMenu', 'windowMenu']))
    expect(rolesOf(linux)).toEqual(expect.arrayContaining(['quit', 'editMenu', 'windowMenu']))
    expect(rolesOf(linux)).not.toContain('appMenu')
  })

  it('offers developer tools in development only', () => {
    const roles = (hasDevTools: boolean) => rolesOf(menuTemplate({ platform: 'win32', language: 'en', hasDevTools }))
    expect([roles(false).includes('toggleDevTools'), roles(true).includes('toggleDevTools')]).toEqual([false, true])
    expect(roles(false)).not.toContain('reload')
  })

  it('speaks Chinese', () => {
    const labels = menuTemplate({ platform: 'linux', language: 'zh-CN', hasDevTools: false }).map(({ label }) => label)
    expect(labels).toEqual(['文件', '编辑', '视图', '窗口'])
  })
})
