import { describe, expect, it } from 'vitest'
import { adminServerAnswerSchema } from '../../protocol/admin/index.ts'
import { serverDetails, serverTable } from './serverText.ts'

const NOW = 1_800_000_000
const AWAY = adminServerAnswerSchema.parse({
  server: {
    ...{ server_id: 'GPU-001', worker_id: 'w_1', name: 'one', state: 'offline', drained: false },
    ...{ running: 0, limit: 0, slots: 0, task_types: [], engines: [], load: null, power: 'unknown' },
    ...{ connected_since: null, last_seen: NOW - 60, boot_seconds: 180 },
    reasons: [{ code: 'disconnected', message: '连接已断开', at: NOW - 60 }],
  },
  history: [],
  power_results: [],
})
const reader = (language: 'en' | 'zh-CN') => ({ language, columns: undefined, nowMs: NOW * 1000 })

describe('a server in the terminal’s language', () => {
  it('tells why it is away, and how long it takes to start', () => {
    const chinese = serverDetails(AWAY, reader('zh-CN')).split('\n')
    expect(chinese).toContain('  ↳ 连接已断开（1分钟前）')
    expect(chinese).toContain('启动约需 3分钟')
    const english = serverDetails(AWAY, reader('en')).split('\n')
    expect(english).toContain('  ↳ 连接已断开 (1 min. ago)')
    expect(english).toContain('starts in about 3 min')
  })

  it('says whether there is a power hook, not what the servers do', () => {
    const power = { hook: true, state: 'running' as const, results: [] }
    const shown = serverTable({ strategy: 'sticky', power, servers: [AWAY.server] }, reader('en'))
    expect(shown.split('\n').at(-1)).toBe('Strategy sticky; power hook: set.')
  })
})
