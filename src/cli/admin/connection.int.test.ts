import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defaultDataDir } from '../../shared/node/index.ts'
import { UsageError } from '../command.ts'
import type { Io } from '../io.ts'
import { connectAdmin } from './connection.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dhs-admin-'))
  for (const name of ['HOME', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'APPDATA', 'LOCALAPPDATA']) vi.stubEnv(name, home)
  const folder = join(defaultDataDir(), 'gateway')
  expect(folder).toContain(home)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'credentials.json'), JSON.stringify({ admin_token: `ad_${'0f'.repeat(32)}` }))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true })
})

/** The bearer that the first request of a connected client carries. */
async function sentBearer(options: Readonly<Record<string, string>>, env: Io['env'] = {}): Promise<string> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization ?? '')
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = await connectAdmin({ gateway: `http://127.0.0.1:${String(port)}`, ...options }, io(env))
  await expect(client.settings.read()).rejects.toMatchObject({ code: 'GATEWAY_NOT_OURS' })
  server.closeAllConnections()
  server.close()
  return heard.join()
}

const io = (env: Io['env'] = {}): Io => ({
  ...{ env, isTty: false, columns: 80 },
  out: () => undefined,
  err: () => undefined,
})

describe('the admin token', () => {
  it('of the usual place is for the gateway on this machine', async () => {
    expect((await connectAdmin({}, io())).host).toBe('127.0.0.1:9501')
    expect((await connectAdmin({ gateway: 'localhost:9700' }, io())).host).toBe('localhost:9700')
    expect((await connectAdmin({ gateway: 'http://[::1]:9700' }, io())).host).toBe('[::1]:9700')
  })

  it('of the environment goes before the one of a data folder, as in the gateway, and a token file before both', async () => {
    const data = join(defaultDataDir(), 'gateway')
    const file = join(home, 'admin.token')
    await writeFile(file, 'of-the-file')
    const env = { DHS_ADMIN_TOKEN: 'of-the-environment' }
    expect(await sentBearer({ data })).toBe(`Bearer ad_${'0f'.repeat(32)}`)
    expect(await sentBearer({ data }, { DHS_ADMIN_TOKEN: '' })).toBe(`Bearer ad_${'0f'.repeat(32)}`)
    expect(await sentBearer({ data }, env)).toBe('Bearer of-the-environment')
    expect(await sentBearer({ data, 'token-file': file }, env)).toBe('Bearer of-the-file')
  })

  it('is told to be missing with the folder that has none', async () => {
    for (const data of ['nobody', 'nobody/credentials.json', 'file']) {
      await writeFile(join(home, 'file'), '')
      const refused = connectAdmin({ data: join(home, data) }, io())
      const folder = join(home, data).split(/[/\\]/).slice(-2).join('/')
      await expect(refused).rejects.toMatchObject({ code: 'CREDENTIALS_NOT_FOUND', data: { folder } })
    }
  })

  it('of the usual place is never sent to another machine', async () => {
    await expect(connectAdmin({ gateway: 'https://gateway.example.com' }, io())).rejects.toThrow(UsageError)
    const given = { DHS_ADMIN_TOKEN: `ad_${'1e'.repeat(32)}` }
    expect((await connectAdmin({ gateway: 'https://gateway.example.com' }, io(given))).host).toBe('gateway.example.com')
  })
})
