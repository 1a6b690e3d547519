import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { describeError } from '../../protocol/errors/index.ts'
import { gatewayProofText, workerProofText } from '../../protocol/dsp/index.ts'
import { AppError } from '../../shared/index.ts'
import { parseGatewayUrl } from './address.ts'
import { createHandshake } from './handshake.ts'

const SECRET = 'secret-of-the-worker-and-the-gateway-01'
const NONCE = '1'.repeat(64)
const sign = (text: string): string => createHmac('sha256', SECRET).update(text).digest('hex')

describe('createHandshake', () => {
  it('proves the secret over both nonces and the worker', () => {
    const { auth } = createHandshake(SECRET, NONCE, 'w_1234')
    expect(auth.mac).toBe(sign(workerProofText(NONCE, auth.nonce, 'w_1234')))
  })

  it('uses a nonce of its own each time', () => {
    const nonces = Array.from({ length: 20 }, () => createHandshake(SECRET, NONCE, 'w_1234').auth.nonce)
    expect(new Set(nonces).size).toBe(20)
  })

  it('takes only the proof of a gateway that knows the secret, not its own reflected', () => {
    const handshake = createHandshake(SECRET, NONCE, 'w_1234')
    expect(handshake.isGatewayProof(sign(gatewayProofText(NONCE, handshake.auth.nonce, 'w_1234')))).toBe(true)
    expect(handshake.isGatewayProof(handshake.auth.mac)).toBe(false)
    expect(handshake.isGatewayProof(sign(gatewayProofText(NONCE, handshake.auth.nonce, 'w_other')))).toBe(false)
    expect(handshake.isGatewayProof('')).toBe(false)
    expect(handshake.isGatewayProof('not hex')).toBe(false)
  })
})

describe('parseGatewayUrl', () => {
  it.each([
    ['ws://127.0.0.1:9501/dsp', 'ws://127.0.0.1:9501/dsp', 'http://127.0.0.1:9501'],
    ['http://127.0.0.1:9501', 'ws://127.0.0.1:9501/dsp', 'http://127.0.0.1:9501'],
    ['https://gpu.example/', 'wss://gpu.example/dsp', 'https://gpu.example'],
    ['wss://gpu.example/studio/dsp', 'wss://gpu.example/studio/dsp', 'https://gpu.example'],
  ])('reads %s', (text, dspUrl, httpUrl) => {
    expect(parseGatewayUrl(text)).toEqual({ dspUrl, httpUrl })
  })

  it.each(['', '127.0.0.1:9501', 'ftp://host/', 'file:///etc/passwd'])('refuses %s', (text) => {
    expect(() => parseGatewayUrl(text)).toThrow(
      expect.objectContaining({ code: 'GATEWAY_ADDRESS_INVALID', data: { url: text } }),
    )
  })

  it('tells how an address is written, and no password of one', () => {
    const thrown = new AppError('GATEWAY_ADDRESS_INVALID', { data: { url: '127.0.0.1:9501' } })
    expect(describeError(thrown, 'en')).toMatchObject({
      message: '“127.0.0.1:9501” is not the address of a gateway.',
      hint: 'Write it in full, such as https://gpu.example.',
    })
    expect(() => parseGatewayUrl('ftp://me:secret@gpu.example')).toThrow(
      expect.objectContaining({ data: { url: '…@gpu.example' } }),
    )
  })
})
