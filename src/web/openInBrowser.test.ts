import { expect, it } from 'vitest'
import { browserCommand, openInBrowser } from './openInBrowser.ts'

const URL = 'http://127.0.0.1:7860/open/x'

it('knows how each system opens an address', () => {
  const command = (platform: NodeJS.Platform, env: Record<string, string> = {}) =>
    browserCommand(URL, { platform, env })
  expect([
    command('darwin'),
    command('win32'),
    command('linux', { DISPLAY: ':0' }),
    command('linux', { WAYLAND_DISPLAY: 'wayland-0' }),
    command('linux', { DISPLAY: '' }),
    command('linux'),
  ]).toEqual([
    ['open', URL],
    ['rundll32', 'url.dll,FileProtocolHandler', URL],
    ['xdg-open', URL],
    ['xdg-open', URL],
    undefined,
    undefined,
  ])
})

it('opens nothing without a display', async () => {
  expect(await openInBrowser(URL, { platform: 'linux', env: {} })).toBe(false)
})
