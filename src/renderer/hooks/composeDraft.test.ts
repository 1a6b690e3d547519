import { expect, it } from 'vitest'
import type { FileView } from '../../protocol/studio/index.ts'
import { slotOf } from './composeDraft.ts'

const VIEW: FileView = {
  handle: `h_${'0'.repeat(32)}`,
  name: '主持人.mp4',
  sizeBytes: 1,
  probe: null,
  error: null,
  mediaUrl: '/media/x',
}

it('says why a file of an old video cannot be used again, instead of offering it', () => {
  const error = { code: 'MEDIA_TRUNCATED', message: '', retryable: false }
  expect(slotOf({ ...VIEW, error })).toEqual({ kind: 'failed', name: '主持人.mp4', error })
  expect(slotOf(VIEW)).toEqual({ kind: 'ready', file: VIEW, sample: false })
})
