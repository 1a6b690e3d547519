import { describe, expect, it } from 'vitest'
import { createNonce, pageHeaders, withNonce } from './pagePolicy.ts'

describe('page policy', () => {
  it('allows nothing that is not named, no inline script, and styles by nonce only', () => {
    const policy = pageHeaders('abc')['content-security-policy'] ?? ''
    const directives = new Map(policy.split('; ').map((part) => [part.split(' ')[0], part]))
    expect(Object.fromEntries(directives)).toEqual({
      'default-src': "default-src 'none'",
      'script-src': "script-src 'self'",
      'style-src': "style-src 'self' 'nonce-abc'",
      'style-src-attr': "style-src-attr 'unsafe-inline'",
      'font-src': "font-src 'self'",
      'img-src': "img-src 'self' blob: data:",
      'media-src': "media-src 'self' blob:",
      'connect-src': "connect-src 'self'",
      'worker-src': "worker-src 'self' blob:",
      'base-uri': "base-uri 'none'",
      'form-action': "form-action 'none'",
      'frame-src': "frame-src 'none'",
      'frame-ancestors': "frame-ancestors 'none'",
      'object-src': "object-src 'none'",
    })
  })

  it('lets a door name what its page may reach', () => {
    expect(pageHeaders('n', ['ws://127.0.0.1:7860'])['content-security-policy']).toContain(
      "connect-src 'self' ws://127.0.0.1:7860;",
    )
  })

  it('puts the nonce into the page, once, whatever was there before', () => {
    const html = '<!doctype html><html><head lang="en"><meta name="csp-nonce" content="old"></head><body></body></html>'
    expect(withNonce(html, 'new')).toBe(
      '<!doctype html><html><head lang="en"><meta name="csp-nonce" content="new"></head><body></body></html>',
    )
  })

  it('does not take <header> for the head', () => {
    expect(withNonce('<header>x</header>', 'n')).toBe('<header>x</header>')
  })

  it('never repeats a nonce and needs no escaping', () => {
    const nonces = new Set(Array.from({ length: 100 }, createNonce))
    expect(nonces.size).toBe(100)
    for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{22}$/)
  })
})
