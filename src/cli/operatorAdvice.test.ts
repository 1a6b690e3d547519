import { describe, expect, it } from 'vitest'
import { describeError } from '../protocol/errors/index.ts'
import type { Language } from '../protocol/errors/index.ts'
import { AppError } from '../shared/index.ts'
import { errorEvent } from './io.ts'

const LANGUAGES: readonly Language[] = ['en', 'zh-CN']
const data = { host: 'gpu.example', url: 'ftp://gpu.example', detail: 'self-signed' }

describe('what operators are told beside the hint', () => {
  it.each([
    ['GATEWAY_UNREACHABLE', 'wss://'],
    ['GATEWAY_TLS', 'NODE_EXTRA_CA_CERTS'],
    ['GATEWAY_PLAIN', 'ws://'],
    ['GATEWAY_ADDRESS_INVALID', 'ws://127.0.0.1:9501/dsp'],
  ] as const)('%s: %s', (code, words) => {
    for (const language of LANGUAGES) {
      const error = new AppError(code, { data })
      const { hint } = describeError(error, language)
      // Whoever only uses the app has neither workers nor an environment.
      expect(hint).not.toContain(words)
      expect(errorEvent(error, language).hint.startsWith(hint)).toBe(true)
      expect(errorEvent(error, language).hint).toContain(words)
    }
  })

  it('is nothing for other errors', () => {
    const error = new AppError('AUTH_INVALID')
    for (const language of LANGUAGES) {
      expect(errorEvent(error, language).hint).toBe(describeError(error, language).hint)
    }
  })
})
