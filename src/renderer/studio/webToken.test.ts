import { describe, expect, it } from 'vitest'
import { takeWebToken } from './webToken.ts'

function place(hash: string, stored: string | null = null) {
  const seen: string[] = []
  const kept = new Map(stored === null ? [] : [['dhs.token', stored]])
  return {
    seen,
    kept,
    page: {
      location: { hash, pathname: '/', search: '' },
      history: {
        state: null,
        replaceState: (_state: unknown, _title: string, url?: string | URL | null) => void seen.push(String(url)),
      },
      sessionStorage: {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value),
      },
    },
  }
}

describe('token of the web host', () => {
  it('is taken out of the address and kept for reloads', () => {
    const { page, seen, kept } = place('#token=abc123')
    expect(takeWebToken(page)).toBe('abc123')
    expect(seen).toEqual(['/#/'])
    expect(kept.get('dhs.token')).toBe('abc123')
  })

  it('is the kept one on a page of the app, and a new one wins', () => {
    expect(takeWebToken(place('#/tasks', 'old').page)).toBe('old')
    expect(takeWebToken(place('#token=new', 'old').page)).toBe('new')
    expect(takeWebToken(place('').page)).toBeNull()
  })
})
