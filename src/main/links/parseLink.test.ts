import { describe, expect, it } from 'vitest'
import { linkOf, parseLink } from './parseLink.ts'

const RECORD = `r_${'0af1'.repeat(8)}`

describe('deep links', () => {
  it.each([
    ['dhstudio://', { kind: 'open' }],
    ['dhstudio://open', { kind: 'open' }],
    ['dhstudio://open/', { kind: 'open' }],
    [`dhstudio://task/${RECORD}`, { kind: 'task', recordId: RECORD }],
    [
      'dhstudio://connect?gateway=https%3A%2F%2Fgpu.example.com%3A8443',
      { kind: 'connect', gateway: 'https://gpu.example.com:8443', host: 'gpu.example.com:8443' },
    ],
  ])('%s', (text, link) => {
    expect(parseLink(text)).toEqual(link)
  })

  it.each([
    ['B117 a megabyte', `dhstudio://task/${'a'.repeat(1 << 20)}`],
    ['B117 NUL', 'dhstudio://open\0'],
    ['B117 CRLF', 'dhstudio://open\r\nHost: x'],
    ['B117 a space', 'dhstudio://open x'],
    ['B117 a broken escape', 'dhstudio://task/%zz'],
    ['B117 empty', ''],
    ['B118 a file to open', 'dhstudio://open?file=/etc/passwd'],
    ['B118 an address to fetch', 'dhstudio://open?url=http://169.254.169.254'],
    ['B118 an unknown route', 'dhstudio://run/x'],
    ['B118 a parameter too many', `dhstudio://task/${RECORD}?x=1`],
    ['B118 a path that climbs', 'dhstudio://task/../../etc'],
    ['B118 an id that is none', 'dhstudio://task/1'],
    ['B119 a key in the link', 'dhstudio://connect?gateway=https://evil.test&key=lk_1'],
    ['B119 twice a gateway', 'dhstudio://connect?gateway=https://a.test&gateway=https://b.test'],
    ['B119 a plain gateway', 'dhstudio://connect?gateway=http://evil.test'],
    ['B119 a script for a gateway', 'dhstudio://connect?gateway=javascript:alert(1)'],
    ['B119 a gateway with a user', 'dhstudio://connect?gateway=https://good.test@evil.test'],
    ['B119 a gateway with a path', 'dhstudio://connect?gateway=https://evil.test/x'],
    ['B119 no gateway', 'dhstudio://connect'],
    ['B120 a switch behind a quote', 'dhstudio://x" --gpu-launcher="calc'],
    ['B120 a switch', '--inspect'],
    ['B122 a tag', 'dhstudio://task/<script>alert(1)</script>'],
    ['another scheme', 'https://open'],
    ['a user', 'dhstudio://me@open'],
    ['a port', 'dhstudio://open:80'],
    ['a fragment', 'dhstudio://open#x'],
  ])('%s is not understood', (_name, text) => {
    expect(parseLink(text)).toBeNull()
  })

  it('B120 B121 takes the first link after the separator, and nothing before it', () => {
    const program = ['studio', '--no-sandbox']
    expect(linkOf([...program, '--', 'dhstudio://open'])).toBe('dhstudio://open')
    expect(linkOf([...program, 'dhstudio://open'])).toBeNull()
    expect(linkOf([...program, 'dhstudio://connect', '--', '--x', 'DHSTUDIO://open', 'dhstudio://b'])).toBe(
      'DHSTUDIO://open',
    )
    expect(linkOf(program)).toBeNull()
  })
})
