import { expect, it } from 'vitest'
import type { PowerResult } from '../../protocol/dsp/index.ts'
import { inLanguage } from './powerSentence.ts'

const said = (msg: string): PowerResult => ({
  ...{ action: 'on', server_id: null, cause: 'work', status: 'starting', success: true, at: 0, duration_ms: 0 },
  msg,
})
const chinese = (msg: string): string => inLanguage(said(msg), 'zh-CN').msg

it('says the gateway’s own words in the reader’s language, and a hook’s as they are', () => {
  expect(chinese('already starting')).toBe('已在启动中')
  expect(chinese('it did not come online within 15 seconds')).toBe('15 秒内未上线')
  expect([chinese('exit code 3: no such host'), chinese('exit code 3')]).toEqual(['退出码 3：no such host', '退出码 3'])
  expect(chinese('switched on')).toBe('switched on')
  expect(inLanguage(said('already starting'), 'en').msg).toBe('already starting')
})
