import { describe, expect, it } from 'vitest'
import { fence } from './fence.ts'
import type { Fenced } from './fence.ts'

const ROW = { epoch: 3, token: 'third', worker: 'worker-1' }

interface Named {
  readonly says: string
  readonly epoch?: number
  readonly token?: string
  readonly worker?: string
  readonly is: Fenced
}

const CASES: readonly Named[] = [
  { says: 'the last lease of its worker', is: 'newest' },
  { says: 'an epoch before', epoch: 2, is: 'older' },
  { says: 'an epoch before, with the token of today', epoch: 2, token: 'third', is: 'older' },
  { says: 'an epoch before, by somebody else', epoch: 2, worker: 'worker-2', is: 'older' },
  { says: 'another token of the same epoch', token: 'another', is: 'older' },
  { says: 'another token, by somebody else', token: 'another', worker: 'worker-2', is: 'older' },
  { says: 'an epoch that was not given yet', epoch: 4, is: 'foreign' },
  { says: 'an epoch that was not given yet, by somebody else', epoch: 4, worker: 'worker-2', is: 'foreign' },
  { says: 'the lease of another worker', worker: 'worker-2', is: 'foreign' },
]

describe('a lease that a worker names', () => {
  it.each(CASES)('$says: $is', ({ epoch = 3, token = 'third', worker = 'worker-1', is }) => {
    expect(fence(ROW, { task_id: 't', epoch, token }, worker)).toBe(is)
  })

  it('is older once the task waits again and nobody holds it', () => {
    const ref = { task_id: 't', epoch: 3, token: 'third' }
    expect(fence({ ...ROW, token: null, worker: null }, ref, 'worker-1')).toBe('older')
  })
})
