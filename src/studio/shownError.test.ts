import { expect, it } from 'vitest'
import { AppError } from '../shared/index.ts'
import { createLogger } from '../shared/node/index.ts'
import { shownError } from './shownError.ts'

const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })

it('names no path, and gives what nobody expected an id', () => {
  const unforeseen = shownError(new Error("EINVAL: '/home/li/秘密.mp4'"), log).toJSON()
  expect(JSON.stringify(unforeseen)).not.toContain('/home')
  expect([unforeseen.code, unforeseen.retryable, typeof unforeseen.data?.['request_id']]).toEqual([
    'INTERNAL',
    true,
    'string',
  ])

  const full = new AppError('DISK_FULL', {
    message: 'no space left for /home/li/studio.db',
    data: { where: 'li/data' },
  })
  expect(shownError(full, log).toJSON()).toEqual({
    code: 'DISK_FULL',
    message: 'The disk is full (li/data).',
    retryable: false,
    data: { where: 'li/data' },
  })
})

it('keeps the id that the gateway gave', () => {
  const told = new AppError('INTERNAL', { data: { request_id: 'req-1' } })
  expect(shownError(told, log).data).toEqual({ request_id: 'req-1' })
})
