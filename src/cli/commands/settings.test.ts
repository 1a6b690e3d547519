import { describe, expect, it } from 'vitest'
import { main } from '../main.ts'
import { settingsGroup } from './settings.ts'

async function set(
  name: string,
  value: string,
  lang: string,
): Promise<{ readonly code: number; readonly told: string }> {
  let told = ''
  const tell = (text: string): void => void (told += text)
  const io = { env: { DHS_ADMIN_TOKEN: 'a token', LANG: lang }, isTty: false, columns: 80, out: tell, err: tell }
  return { code: await main(['settings', 'set', name, value], [settingsGroup], '1.2.3', io), told }
}

describe('dhs settings set', () => {
  it.each([
    ['strategy', 'foo', 'round-robin, least-busy, sticky'],
    ['queued_ttl_hours', '1.5', '1 … 720, none'],
    ['pool_quota_bytes', '5G', '1 … 9007199254740991, none'],
    ['min_threshold', '0', '1 … 64'],
    ['pool_quota_bytes', '-1', '1 … 9007199254740991, none'],
    ['max_threshold', 'none', '1 … 64'],
  ])('tells what %s takes instead of %j, in the language of the terminal', async (name, value, accepted) => {
    expect(await set(name, value, 'en_GB.UTF-8')).toEqual({
      code: 2,
      told: `dhs: The setting ${name} cannot be “${value}”.\n     It takes: ${accepted}. Numbers are whole, without a unit.\n`,
    })
    expect((await set(name, value, 'zh_CN.UTF-8')).told).toBe(
      `dhs: 设置 ${name} 不能是“${value}”。\n     可用：${accepted}。数字须为整数，不带单位。\n`,
    )
  })
})
