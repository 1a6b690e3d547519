import { describe, expect, it } from 'vitest'
import type { Io } from '../io.ts'
import { main } from '../main.ts'
import { keysGroup } from './keys.ts'

async function add(tenant: string, env: Io['env'] = {}): Promise<{ readonly code: number; readonly told: string }> {
  let told = ''
  const tell = (text: string): void => void (told += text)
  // Nobody listens there: what is judged before a call never comes so far.
  const argv = ['keys', 'add', '--name', 'Ann', '--tenant', tenant, '--gateway', 'http://127.0.0.1:9']
  const io = { env: { DHS_ADMIN_TOKEN: 'a token', ...env }, isTty: false, columns: 80, out: tell, err: tell }
  return { code: await main(argv, [keysGroup], '1.2.3', io), told }
}

describe('dhs keys add --tenant', () => {
  it.each(['工作室', 'a b', 'Acme', 'acme-', '../acme', 'con', 'admin', 'a'.repeat(65)])(
    'refuses %j before anything is sent, and tells how one is written',
    async (tenant) => {
      const { code, told } = await add(tenant)
      expect([code, told]).toEqual([2, expect.stringContaining(`“${tenant}” cannot be the name of a tenant.`)])
      expect(told).toContain('studio-2')
      expect((await add(tenant, { LANG: 'zh_CN.UTF-8' })).told).toContain(`“${tenant}”不能用作租户名。`)
    },
  )

  it.each(['acme', 'studio-2', '0', 'a'.repeat(64)])('takes %j', async (tenant) => {
    expect((await add(tenant)).told).toContain('does not answer')
  })
})
