import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const SERVER = resolve(import.meta.dirname, '../../resources/server')
const UNITS = ['dhs-gateway.service', 'dhs-worker@.service']

const systemd = await run('systemd-analyze', ['--version']).catch(() => undefined)
if (systemd === undefined) process.stderr.write('systemd-analyze is missing: the units are not verified\n')

const textOf = (path: string): Promise<string> => readFile(join(SERVER, path), 'utf8')

describe('units for systemd', () => {
  it.each(UNITS)(
    '%s is started again however often it fails, but not for a mistake on its command line',
    async (unit) => {
      const lines = (await textOf(`systemd/${unit}`)).split('\n')
      expect(lines).toEqual(
        expect.arrayContaining(['StartLimitIntervalSec=0', 'RestartSec=5', 'RestartPreventExitStatus=2']),
      )
    },
  )

  it.skipIf(systemd === undefined).each(UNITS)('%s is taken by systemd', async (unit) => {
    const { stderr } = await run('systemd-analyze', ['verify', '--man=no', join(SERVER, 'systemd', unit)])
    expect(stderr).toBe('')
  })
})

describe('proxies', () => {
  it('nginx writes no query, where field clients and workers have their keys, into any log', async () => {
    const text = await textOf('proxy/nginx.conf')
    const servers = text.split(/^server \{$/m).slice(1)
    expect(servers).toHaveLength(2)
    for (const server of servers) {
      expect(server).toMatch(/^ {2}access_log \S+ dhs;$/m)
      // What nginx says of a request at a lower level names all of it.
      expect(server).toMatch(/^ {2}error_log +\S+ emerg;$/m)
    }
    const [, variables = ''] = /^log_format dhs '(.+)';$/m.exec(text) ?? []
    expect(variables.match(/\$\w+/g)).toEqual([
      ...['$remote_addr', '$time_iso8601', '$request_method', '$uri', '$status', '$body_bytes_sent', '$request_time'],
    ])
  })

  it('Caddy writes a request that failed without its token', async () => {
    expect((await textOf('proxy/Caddyfile')).replace(/\s+/g, ' ')).toContain(
      'log { format filter { wrap json fields { request>uri query { replace token REDACTED } request>headers>Referer delete } } }',
    )
  })
})
