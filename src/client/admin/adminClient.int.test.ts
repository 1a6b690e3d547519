import { createServer } from 'node:http'
import { afterEach, expect, it, vi } from 'vitest'
import { POWER_HOOK_MAX_MS } from '../../protocol/admin/index.ts'
import { createAdminClient } from './adminClient.ts'

const RESULT = {
  ...{ action: 'on', server_id: null, cause: 'operator', success: true },
  ...{ status: 'starting', msg: 'done', at: 1, duration_ms: 1 },
}

afterEach(() => vi.restoreAllMocks())

it('a call of the power hook is waited for longer than the hook may take', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ code: 0, msg: 'ok', data: RESULT }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const limits = vi.spyOn(AbortSignal, 'timeout')
  const client = createAdminClient({ baseUrl: `http://127.0.0.1:${String(port)}`, token: 'x', language: 'en' })
  expect(await client.servers.power('on', null)).toMatchObject({ success: true })
  // A command that is ended at its limit has 2 s to go.
  expect(limits.mock.calls[0]?.[0]).toBeGreaterThanOrEqual(POWER_HOOK_MAX_MS + 10_000)
  server.close()
})
