import { expect, it } from 'vitest'
import type { TaskRecord } from '../../protocol/studio/index.ts'
import { interruptionOf } from './sentences.ts'

it.each([
  ['cancelled', false, 'cancelled'],
  ['running', true, 'unconfirmed'],
  ['uploading', false, 'paused'],
] as const)('says of a task that is %s (cancelling: %s) no more than is true: %s', (phase, cancelling, expected) => {
  const record: Pick<TaskRecord, 'phase' | 'cancelling'> = { phase, cancelling }
  expect(interruptionOf(record)).toBe(expected)
})
