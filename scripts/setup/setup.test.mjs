import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missingPackages } from './dependencies.mjs'
import { hasDisplay, webReason } from './electron.mjs'
import { majorOf, nodeProblem } from './nodeVersion.mjs'
import { fingerprint, isStale, writeStamp } from './stale.mjs'
import { installCommands, installHint } from './systemPackages.mjs'

describe('missingPackages', () => {
  const lock = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { version: '2.0.0' },
      'node_modules/other-platform': { version: '1.0.0', optional: true },
    },
  }

  it('accepts an install without optional packages of other platforms', () => {
    const packages = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } }
    expect(missingPackages(lock, { packages })).toEqual([])
  })

  it('finds what is absent and what has another version', () => {
    expect(missingPackages(lock, { packages: { 'node_modules/a': { version: '1.0.1' } } })).toEqual([
      'node_modules/a',
      'node_modules/b',
    ])
    expect(missingPackages(lock, {})).toEqual(['node_modules/a', 'node_modules/b'])
  })
})

describe('fingerprint', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dhs-setup-'))
    mkdirSync(join(root, 'src/deep'), { recursive: true })
    writeFileSync(join(root, 'src/deep/a.ts'), 'one')
    writeFileSync(join(root, 'package.json'), '{}')
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const current = () => fingerprint(root, ['src', 'package.json', 'absent'])

  it('is stale before the first build, not after it, and again after a change', () => {
    const stamp = join(root, 'out/.inputs')
    expect(isStale(stamp, current())).toBe(true)
    writeStamp(stamp, current())
    expect(isStale(stamp, current())).toBe(false)
    writeFileSync(join(root, 'src/deep/a.ts'), 'two')
    expect(isStale(stamp, current())).toBe(true)
  })

  it('changes with a renamed, added or removed file, not with times, tests and READMEs', () => {
    const before = current()
    utimesSync(join(root, 'src/deep/a.ts'), 1, 1)
    writeFileSync(join(root, 'src/deep/a.test.ts'), 'test')
    writeFileSync(join(root, 'src/README.md'), 'words')
    expect(current()).toBe(before)
    writeFileSync(join(root, 'src/b.ts'), '')
    const added = current()
    rmSync(join(root, 'src/b.ts'))
    writeFileSync(join(root, 'src/c.ts'), '')
    expect(new Set([before, added, current()]).size).toBe(3)
  })
})

describe('installHint', () => {
  /** @type {[string, import('./systemPackages.mjs').System, string][]} */
  const cases = [
    [
      'Debian as root',
      { platform: 'linux', isRoot: true, manager: 'apt-get' },
      'apt-get update && apt-get install -y ffmpeg chromium',
    ],
    [
      'Ubuntu as a person',
      { platform: 'linux', isRoot: false, manager: 'apt-get' },
      'sudo apt-get update && sudo apt-get install -y ffmpeg chromium',
    ],
    ['Fedora', { platform: 'linux', isRoot: false, manager: 'dnf' }, 'sudo dnf install -y ffmpeg-free chromium'],
    [
      'macOS',
      { platform: 'darwin', isRoot: false, manager: 'brew' },
      'brew install ffmpeg && brew install --cask google-chrome',
    ],
    [
      'Windows',
      { platform: 'win32', isRoot: false, manager: 'winget' },
      'winget install -e --id Gyan.FFmpeg && winget install -e --id Google.Chrome',
    ],
  ]
  it.each(cases)('%s', (_name, system, command) => {
    expect(installHint(['ffmpeg', 'chromium'], system)).toBe(command)
  })

  it('names the download where there is no package manager', () => {
    expect(installHint(['ffmpeg'], { platform: 'win32', isRoot: false, manager: undefined })).toContain(
      'https://ffmpeg.org',
    )
  })
})

describe('installCommands', () => {
  const install = ['apt-get', 'install', '-y', '--no-install-recommends']

  it('runs apt as root, one tool at a time', () => {
    expect(installCommands(['ffmpeg', 'cjkFonts'], { platform: 'linux', isRoot: true, manager: 'apt-get' })).toEqual([
      ['apt-get', 'update'],
      [...install, 'ffmpeg'],
      [...install, 'fonts-noto-cjk', 'fontconfig'],
    ])
  })

  it('runs nothing by itself elsewhere', () => {
    expect(installCommands(['ffmpeg'], { platform: 'linux', isRoot: false, manager: 'apt-get' })).toEqual([])
    expect(installCommands(['ffmpeg'], { platform: 'linux', isRoot: true, manager: 'dnf' })).toEqual([])
    expect(installCommands(['ffmpeg'], { platform: 'darwin', isRoot: false, manager: 'brew' })).toEqual([])
  })

  it('leaves Ubuntu’s Chromium, a snap, to the person', () => {
    /** @type {import('./systemPackages.mjs').System} */
    const ubuntu = { platform: 'linux', isRoot: true, manager: 'apt-get', isUbuntu: true }
    expect(installCommands(['chromium'], ubuntu)).toEqual([])
    expect(installHint(['chromium'], ubuntu)).toBe('snap install chromium')
    expect(installHint(['ffmpeg', 'chromium'], ubuntu)).toBe(
      'apt-get update && apt-get install -y ffmpeg && snap install chromium',
    )
  })
})

describe('webReason', () => {
  const desktop = { wantsWeb: false, hasDisplay: true, isLinuxRoot: false }
  it('prefers Electron on a desktop and says why not elsewhere', () => {
    expect(webReason(desktop)).toBeUndefined()
    expect(webReason({ ...desktop, wantsWeb: true })).toBe('--web was given')
    expect(webReason({ ...desktop, hasDisplay: false })).toBe('there is no display')
    expect(webReason({ ...desktop, isLinuxRoot: true })).toContain('root')
  })

  it('knows a display by its variables, only on Linux', () => {
    expect(hasDisplay('linux', {})).toBe(false)
    expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true)
    expect(hasDisplay('darwin', {})).toBe(true)
  })
})

describe('nodeProblem', () => {
  it('refuses what is older than 20', () => {
    expect([majorOf('24.21.0'), nodeProblem('20.0.0')]).toEqual([24, undefined])
    expect(nodeProblem('18.20.1')).toContain('Node 18.20.1 is too old')
  })
})
