import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey, startGatewayBench } from '../testing/gatewayBench.ts'
import type { Answer, GatewayBench } from '../testing/gatewayBench.ts'
import { codeOf, inputs, submit } from '../testing/taskCalls.ts'

let at: GatewayBench

beforeAll(async () => {
  at = await startGatewayBench({ limits: { failedAuthPerMinute: 40 } })
})

afterAll(async () => {
  await at.dispose()
})

/** All of an answer that may tell two refusals apart. */
function shown(answer: Answer): unknown {
  return { ...answer.body, status: answer.status, request_id: typeof answer.body['request_id'] }
}

describe('credentials (B011, B012)', () => {
  it('answers every wrong key alike', async () => {
    const wrong = [
      newKey('lk'),
      at.licenseKey.slice(0, -1),
      `${at.licenseKey}0`,
      at.licenseKey.toUpperCase(),
      'x',
      at.workerSecret,
    ]
    const answers = await Promise.all(wrong.map((key) => at.call('/api/heygem/tasks', { key })))
    for (const answer of answers) {
      expect([answer.status, codeOf(answer), answer.headers.get('www-authenticate')]).toEqual([
        401,
        'AUTH_INVALID',
        'Bearer',
      ])
      expect(shown(answer)).toEqual(shown(answers[0] ?? answer))
    }
    const none = await at.call('/api/heygem/tasks', { key: null })
    expect([none.status, codeOf(none)]).toEqual([401, 'AUTH_REQUIRED'])
    const basic = await at.call('/api/heygem/tasks', { key: null, headers: { authorization: 'Basic abc' } })
    expect([basic.status, codeOf(basic)]).toEqual([401, 'AUTH_INVALID'])
  })

  it('asks who it is before it looks at the content', async () => {
    const answer = await at.call('/api/heygem/task/cancel', { key: null, json: { task_id: 'nonsense' } })
    expect(codeOf(answer)).toBe('AUTH_REQUIRED')
  })

  it('takes no key in the address, except on the two routes of field clients', async () => {
    for (const name of ['token', 'key', 'license_key', 'access_token']) {
      const answer = await at.call(`/api/heygem/tasks?${name}=${at.licenseKey}`, { key: null })
      expect([answer.status, codeOf(answer)]).toEqual([400, 'TOKEN_IN_URL'])
      expect(answer.bytes.toString()).not.toContain(at.licenseKey)
    }
    const { task_id } = await submit(at)
    const download = `/api/heygem/download?task_id=${task_id}&token=`
    expect(codeOf(await at.call(`${download}${at.licenseKey}`, { key: null }))).toBe('RESULT_NOT_READY')
    expect(codeOf(await at.call(`${download}${newKey('lk')}`, { key: null }))).toBe('AUTH_INVALID')
  })

  it('takes a key in the body of a submit only where no header is sent', async () => {
    const body = await inputs(at)
    const path = '/api/heygem/submit'
    const asBody = await at.call(path, { key: null, json: { ...body, license_key: at.licenseKey } })
    expect(asBody.status).toBe(200)
    expect(codeOf(await at.call(path, { key: null, json: { ...body, license_key: newKey('lk') } }))).toBe(
      'AUTH_INVALID',
    )
    expect(codeOf(await at.call(path, { key: null, json: body }))).toBe('AUTH_REQUIRED')
    expect(codeOf(await at.call(path, { key: 'wrong', json: { ...body, license_key: at.licenseKey } }))).toBe(
      'AUTH_INVALID',
    )
  })

  it('opens no tenant’s route to the admin token or the worker secret', async () => {
    expect(codeOf(await at.call('/api/heygem/tasks', { key: at.workerSecret }))).toBe('AUTH_INVALID')
  })
})

describe('guessing', () => {
  it('is slowed per address, and never holds up the right key', async () => {
    const other = await startGatewayBench({ limits: { failedAuthPerMinute: 5 } })
    try {
      const codes: string[] = []
      for (let guess = 0; guess < 7; guess++)
        codes.push(codeOf(await other.call('/api/heygem/tasks', { key: newKey('lk') })))
      expect(codes).toEqual([...Array.from({ length: 5 }, () => 'AUTH_INVALID'), 'RATE_LIMITED', 'RATE_LIMITED'])
      expect((await other.call('/api/heygem/tasks')).status).toBe(200)
    } finally {
      await other.dispose()
    }
  })
})

describe('ids (B024, B025)', () => {
  it('refuses what is no task id', async () => {
    const ids = [
      '../../etc/passwd',
      '%2e%2e%2f',
      '..%252f',
      '%00',
      'C:\\',
      '\\\\srv\\x',
      'CON',
      'a'.repeat(300),
      '1'.repeat(32),
    ]
    for (const id of ids) {
      const answer = await at.call(`/api/heygem/task/status?task_id=${id}`)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'ID_FORMAT'])
    }
    const twice = await at.call(`/api/heygem/task/status?task_id=t_1&task_id=t_2`)
    expect([twice.status, codeOf(twice)]).toEqual([400, 'SCHEMA'])
  })

  it('does not tell an unknown task from a missing one on any route', async () => {
    const id = `t_${'0'.repeat(32)}`
    const answers = [
      await at.call(`/api/heygem/task/status?task_id=${id}`),
      await at.call(`/api/heygem/progress?task_id=${id}`),
      await at.call(`/api/heygem/download?task_id=${id}`),
      await at.call('/api/heygem/task/cancel', { json: { task_id: id } }),
      await at.call('/api/heygem/task/retry', { json: { task_id: id } }),
    ]
    for (const answer of answers) expect([answer.status, codeOf(answer)]).toEqual([404, 'TASK_NOT_FOUND'])
  })
})

describe('another tenant (B025, B028)', () => {
  it('finds nothing of the first: no task, no file, no count, in the same words as for what never was', async () => {
    const shared = await startGatewayBench()
    try {
      const body = await inputs(shared)
      const { task_id } = await submit(shared)
      const key = newKey('lk')
      await shared.restart(key)
      const never = `t_${'0'.repeat(32)}`
      for (const path of ['/api/heygem/task/status', '/api/heygem/download', '/api/heygem/progress']) {
        const [foreign, unknown] = [
          await shared.call(`${path}?task_id=${task_id}`, { key }),
          await shared.call(`${path}?task_id=${never}`, { key }),
        ]
        expect(shown(foreign)).toEqual(shown(unknown))
      }
      for (const path of ['/api/heygem/task/cancel', '/api/heygem/task/retry']) {
        expect(codeOf(await shared.call(path, { key, json: { task_id } }))).toBe('TASK_NOT_FOUND')
      }
      expect((await shared.call('/api/heygem/tasks', { key })).body['data']).toEqual({ tasks: [], cursor: null })
      const foreignInput = await shared.call('/api/heygem/task/submit', { key, json: body })
      expect([foreignInput.status, codeOf(foreignInput)]).toEqual([422, 'INPUT_MISSING'])
      const file = await shared.call(`/api/heygem/pool/${String(body['video_hash'])}.mp4`, { key })
      expect(shown(file)).toEqual(shown(await shared.call(`/api/heygem/pool/${'0'.repeat(32)}.mp4`, { key })))
    } finally {
      await shared.dispose()
    }
  })
})

describe('limits (B033, B034)', () => {
  it('refuses more submits than a minute allows, with a time to come back', async () => {
    const other = await startGatewayBench({ limits: { submitsPerMinute: 60, submitBurst: 3 } })
    try {
      const body = await inputs(other)
      const statuses: number[] = []
      for (let count = 0; count < 4; count++)
        statuses.push((await other.call('/api/heygem/task/submit', { json: body })).status)
      expect(statuses).toEqual([200, 200, 200, 429])
      const refused = await other.call('/api/heygem/task/submit', { json: body })
      expect([codeOf(refused), refused.headers.get('retry-after')]).toEqual(['RATE_LIMITED', '1'])
      expect(refused.body['error']).toMatchObject({ retryable: true })
    } finally {
      await other.dispose()
    }
  })

  it('refuses a task beyond the tenant’s queue', async () => {
    const other = await startGatewayBench({ limits: { queuedPerTenant: 2 } })
    try {
      const body = await inputs(other)
      for (let count = 0; count < 2; count++) await other.call('/api/heygem/task/submit', { json: body })
      const full = await other.call('/api/heygem/task/submit', { json: body })
      expect([full.status, codeOf(full), full.headers.get('retry-after')]).toEqual([429, 'QUEUE_FULL_TENANT', '10'])
    } finally {
      await other.dispose()
    }
  })
})
