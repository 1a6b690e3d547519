import { describe, expect, it } from 'vitest'
import { isPageAddress, routeOf } from './appAddress.ts'

const refused = (status: 400 | 404) => ({ kind: 'refused', status })

describe('addresses of the app scheme', () => {
  it.each([
    ['app://studio/', { kind: 'page' }],
    ['app://studio/index.html#/history', { kind: 'page' }],
    ['app://studio/?lang=zh#/tasks', { kind: 'page' }],
    ['app://studio/assets/index-a1b2.js', { kind: 'asset', path: 'assets/index-a1b2.js' }],
    ['app://studio/assets/%E4%B8%AD.woff2', { kind: 'asset', path: 'assets/中.woff2' }],
    ['app://studio/media/h_00ff', { kind: 'media', handle: 'h_00ff', isDownload: false }],
    ['app://studio/media/h_00ff?download=1', { kind: 'media', handle: 'h_00ff', isDownload: true }],
    ['app://studio/media/h_00ff?path=/etc/passwd', { kind: 'media', handle: 'h_00ff', isDownload: false }],
  ])('%s', (address, route) => {
    expect(routeOf(address)).toEqual(route)
  })

  it.each([
    ['B091 dot segments climb no higher than the root', 'app://studio/media/../../etc/passwd', 'asset'],
    ['B091 encoded dots', 'app://studio/media/%2e%2e/%2e%2e/etc/passwd', 'asset'],
  ])('%s', (_name, address, kind) => {
    const route = routeOf(address)
    expect(route).toEqual({ kind, path: 'etc/passwd' })
  })

  it.each([
    ['B091 encoded slash', 'app://studio/media/..%2f..%2fx', 400],
    ['B091 a folder below media', 'app://studio/media/pool/x', 404],
    ['B091 media itself', 'app://studio/media/', 404],
    ['B091 an over-long handle', `app://studio/media/${'a'.repeat(101)}`, 404],
    ['B091 twice encoded', 'app://studio/..%252f..%252fx', 400],
    ['B092 encoded backslash', 'app://studio/..%5c..%5csecret', 400],
    ['B092 another host', 'app://evil/', 400],
    ['B092 no host', 'app:/studio/', 400],
    ['B092 a port', 'app://studio:80/', 400],
    ['B092 a user', 'app://me@studio/', 400],
    ['B092 another scheme', 'media://studio/x', 400],
    ['a broken escape', 'app://studio/%E4%B8', 400],
    ['NUL', 'app://studio/a%00.js', 400],
    ['not an address', 'studio', 400],
  ] as const)('%s', (_name, address, status) => {
    expect(routeOf(address)).toEqual(refused(status))
  })

  it('knows its own page, and takes nothing else for it', () => {
    expect(isPageAddress('app://studio/index.html#/x')).toBe(true)
    for (const address of [
      'https://studio/',
      'app://studio/assets/a.js',
      'file:///index.html',
      'javascript:alert(1)',
    ]) {
      expect(isPageAddress(address)).toBe(false)
    }
  })
})
