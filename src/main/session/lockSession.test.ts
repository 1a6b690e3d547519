import { beforeEach, describe, expect, it } from 'vitest'
import { fake } from '../../../test/electron/fakeElectron.ts'
import { lockSession } from './index.ts'

const logged: string[] = []

function lock(hasDevTools: boolean): void {
  fake.reset()
  fake.becomeReady()
  logged.splice(0)
  lockSession({ hasDevTools, log: (event) => void logged.push(event) })
}

const isCancelled = (url: string): boolean | undefined => fake.session.isRequestCancelled(url)

interface Asked {
  readonly permission: string
  readonly url?: string
  readonly isMainFrame?: boolean
}

/** By the request handler and by the check handler: both must agree. */
function isGranted({ permission, url = 'app://studio/', isMainFrame = true }: Asked): readonly [boolean, boolean] {
  const details = { requestingUrl: url, isMainFrame }
  const origin = url.split('/').slice(0, 3).join('/')
  const { session } = fake
  return [session.isGrantedOnRequest(permission, details), session.isGrantedOnCheck(permission, origin, details)]
}

describe('session', () => {
  beforeEach(() => {
    lock(false)
  })

  it.each(['clipboard-sanitized-write', 'fullscreen'])('grants %s to the page itself', (permission) => {
    expect(isGranted({ permission })).toEqual([true, true])
  })

  it.each([
    'media',
    'geolocation',
    'notifications',
    'openExternal',
    'clipboard-read',
    'display-capture',
    'hid',
    'serial',
    'usb',
    'midiSysex',
    'pointerLock',
    'fileSystem',
    'window-management',
    'unknown',
  ])('denies %s', (permission) => {
    expect(isGranted({ permission })).toEqual([false, false])
    expect(logged).toEqual(['session.permission.denied'])
  })

  it('grants nothing to a sub-frame or another origin', () => {
    expect(isGranted({ permission: 'fullscreen', isMainFrame: false })).toEqual([false, false])
    expect(isGranted({ permission: 'fullscreen', url: 'https://evil.test/' })).toEqual([false, false])
    expect(isGranted({ permission: 'fullscreen', url: 'app://studio.evil/' })).toEqual([false, false])
  })

  it('denies every device', () => {
    expect(fake.session.isDeviceGranted()).toBe(false)
  })

  it.each([
    'https://example.com/',
    'http://127.0.0.1:9501/api/heygem/queue',
    'ws://127.0.0.1:9501/',
    'wss://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'filesystem:app://studio/temporary/x',
    'data:text/html,<script>1</script>',
    'blob:https://evil.test/1',
    'app://studio.evil/',
    'chrome://gpu/',
    'devtools://devtools/bundled/inspector.html',
  ])('cancels a request to %s', (url) => {
    expect(isCancelled(url)).toBe(true)
    expect(logged).toEqual(['session.request.denied'])
  })

  it('lets the page load itself, its media and its blobs', () => {
    for (const url of ['app://studio/', 'app://studio/media/h_1', 'blob:app://studio/0a-1b']) {
      expect(isCancelled(url)).toBe(false)
    }
  })

  it('lets developer tools load in development only', () => {
    lock(true)
    expect(isCancelled('devtools://devtools/bundled/inspector.html')).toBe(false)
  })

  it('prevents downloads from anywhere but our media', () => {
    const isPrevented = (url: string): boolean => {
      let prevented = false
      const event = {
        preventDefault: () => {
          prevented = true
        },
      }
      fake.session.emit('will-download', event, { getURL: () => url })
      return prevented
    }
    expect([
      isPrevented('app://studio/media/h_1?download=1'),
      isPrevented('app://studio/assets/x.js'),
      isPrevented('https://evil.test/x.exe'),
      isPrevented('blob:app://studio/1'),
    ]).toEqual([false, true, true, true])
  })

  it('fetches no dictionaries', () => {
    expect(fake.session.hasSpellChecker).toBe(false)
  })
})
