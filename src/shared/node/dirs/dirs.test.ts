import { describe, expect, it } from 'vitest'
import { defaultDataDir, defaultOutputDir } from './dirs.ts'

describe('default folders', () => {
  it('follow the XDG specification on Linux', () => {
    const home = '/home/li'
    expect(defaultDataDir({ platform: 'linux', home, env: {} })).toBe('/home/li/.local/share/digital-human-studio')
    expect(defaultDataDir({ platform: 'linux', home, env: { XDG_DATA_HOME: '/data' } })).toBe(
      '/data/digital-human-studio',
    )
    expect(defaultDataDir({ platform: 'linux', home, env: { XDG_DATA_HOME: 'relative' } })).toBe(
      '/home/li/.local/share/digital-human-studio',
    )
    expect(defaultOutputDir({ platform: 'linux', home, env: {} })).toBe('/home/li/Videos/Digital Human Studio')
  })

  it('follow the habits of macOS', () => {
    const surroundings = { platform: 'darwin', home: '/Users/li', env: {} } as const
    expect(defaultDataDir(surroundings)).toBe('/Users/li/Library/Application Support/digital-human-studio')
    expect(defaultOutputDir(surroundings)).toBe('/Users/li/Movies/Digital Human Studio')
  })
})
