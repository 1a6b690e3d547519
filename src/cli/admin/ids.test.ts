import { describe, expect, it } from 'vitest'
import { adminTaskSchema, licenceKeySchema } from '../../protocol/admin/index.ts'
import { findKeyId, findTaskId, serverIdOf, shortIds } from './ids.ts'

const ONE = `t_${'0123456789abcdef'.repeat(2)}`
const TWO = `t_0123456789ac${'0'.repeat(20)}`

/** Answers like the route: what begins so, at most `limit`. */
const gateway = {
  tasks: {
    list: ({ id = '', limit = 50 }: { readonly id?: string; readonly limit?: number }) =>
      Promise.resolve({
        tasks: [ONE, TWO]
          .filter((known) => known.startsWith(id))
          .slice(0, limit)
          .map((task_id) => adminTaskSchema.parse({ ...TASK, task_id })),
        cursor: null,
      }),
  },
  keys: {
    list: () =>
      Promise.resolve(
        ['k_file', 'k_0123456789ab', 'k_0123ffffffff'].map((key_id) => licenceKeySchema.parse({ ...KEY, key_id })),
      ),
  },
}

const TASK = {
  ...{ request_id: 'r', task_type: 'heygem_submit', state: 'queued', status: 'queued', version: 1, stage: null },
  ...{ progress: null, frame: null, total_frames: null, position: 1, eta_seconds: null, eta_basis: null, gpu: null },
  ...{ message: '', name: null, server_id: null, engine: null, attempts: 0, output: null, error_code: null },
  ...{ error_msg: null, error_hint: null, retry_of: null, created_at: 0, started_at: null, finished_at: null },
  ...{ tenant: 'acme', priority: 'normal', worker_id: null, stalls: 0, target_worker: null, not_before: null },
  ...{ lease_until: null, late_output: null, error_detail: null, inputs: [] },
}
const KEY = { tenant: 'acme', name: 'Ann', source: 'added', created_at: 0, last_used_day: null, revoked_at: null }

const codeOf = (thrown: unknown): unknown => (thrown as { readonly code: unknown }).code

describe('ids as people type them', () => {
  it('of tasks: whole, or the beginning of one alone', async () => {
    const find = (text: string): Promise<unknown> => findTaskId(gateway, text).catch(codeOf)
    expect(await find(ONE)).toBe(ONE)
    expect(await find(ONE.slice(2))).toBe(ONE)
    expect(await find('t_0123456789abc…')).toBe(ONE)
    expect(await find('0123456789ac')).toBe(TWO)
    expect(await find('0123456789')).toBe('ID_AMBIGUOUS')
    expect(await find('ffff')).toBe('TASK_NOT_FOUND')
    for (const text of ['', '012', 't_', 'GPU-001', `${ONE}0`, "t_' OR 1"]) expect(await find(text)).toBe('ID_FORMAT')
  })

  it('of keys: never the key itself', async () => {
    const find = (text: string): Promise<unknown> => findKeyId(gateway, text).catch(codeOf)
    expect([await find('k_file'), await find('file'), await find('01234')]).toEqual([
      'k_file',
      'k_file',
      'k_0123456789ab',
    ])
    expect([await find('0123'), await find('012'), await find('abcd')]).toEqual([
      'ID_AMBIGUOUS',
      'ID_FORMAT',
      'KEY_NOT_FOUND',
    ])
    expect(await find(`lk_${'a'.repeat(64)}`)).toBe('ID_FORMAT')
  })

  it('of servers: with or without name and zeros', () => {
    expect(['GPU-001', 'gpu-1', '1', '0012', 'GPU1000'].map(serverIdOf)).toEqual([
      'GPU-001',
      'GPU-001',
      'GPU-001',
      'GPU-012',
      'GPU-1000',
    ])
    for (const text of ['', 'CPU-1', '1.5', '../1']) expect(() => serverIdOf(text)).toThrow()
  })

  it('are shortened as far as they stay different', () => {
    expect([...shortIds([ONE, TWO]).values()]).toEqual([ONE.slice(0, 14), TWO.slice(0, 14)])
    expect([...shortIds([ONE]).values()]).toEqual([ONE.slice(0, 14)])
    const sameMoment = [ONE, `${ONE.slice(0, 16)}ff${ONE.slice(18)}`]
    expect([...shortIds(sameMoment).values()]).toEqual(sameMoment.map((id) => id.slice(0, 18)))
    expect(shortIds([]).size).toBe(0)
  })
})
