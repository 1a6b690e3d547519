import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readWatch } from './watch.ts'

describe('who watches a gateway', () => {
  it('is nobody but operators unless told', async () => {
    expect(await readWatch({}, { env: { DHS_METRICS_TOKEN: '' } })).toEqual({ credentials: {}, tenants: undefined })
  })

  it('has a token from a file, or else from the environment', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'dhs-watch-'))
    const file = join(dir, 'token')
    await writeFile(file, 'from-the-file\n')
    const env = { DHS_METRICS_TOKEN: 'from-the-environment' }
    expect((await readWatch({}, { env })).credentials).toEqual({ metricsToken: 'from-the-environment' })
    expect((await readWatch({ 'metrics-token-file': file }, { env })).credentials).toEqual({
      metricsToken: 'from-the-file',
    })
    await rm(dir, { recursive: true })
  })

  it('sees as many tenants as were allowed', async () => {
    expect((await readWatch({ 'metrics-tenants': '20' }, { env: {} })).tenants).toBe(20)
    for (const bad of ['-1', 'all', '1001', '']) {
      await expect(readWatch({ 'metrics-tenants': bad }, { env: {} })).rejects.toThrow('--metrics-tenants')
    }
  })
})
