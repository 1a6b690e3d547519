import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterEach, expect, it } from 'vitest'
import type { ChildProcess } from 'node:child_process'
import type { GatewayStart, ToChild } from '../protocol/process/index.ts'

const MODULE_URL = new URL('./runPart.ts', import.meta.url).href
const KEY = 'k'.repeat(32)
const START: GatewayStart = {
  ...{ kind: 'start', role: 'gateway', dataDir: '/nowhere', host: '127.0.0.1', port: 0 },
  ...{ tenant: 't-one', licenseKey: KEY, workerSecret: KEY, adminToken: KEY },
}
const STOP: ToChild = { kind: 'stop' }

let child: ChildProcess | undefined
afterEach(() => {
  child?.kill('SIGKILL')
})

it.each([
  ['told to stop', (running: ChildProcess) => void running.send(STOP)],
  [
    'left alone',
    (running: ChildProcess) => {
      running.disconnect()
    },
  ],
])('ends as it was told to, and says why, when a part cannot stop in order: %s', async (_, end) => {
  const script = `
    const { runPart } = await import(${JSON.stringify(MODULE_URL)})
    const stop = async () => { throw new Error('no space left for the last notes') }
    runPart('gateway', async () => ({ stop }))`
  const started = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  child = started
  const told = started.stderr === null ? '' : text(started.stderr)
  const exited = once(started, 'exit')
  started.send(START)
  const [first] = (await Promise.race([once(started, 'message'), exited])) as unknown[]
  expect(first).toEqual({ kind: 'ready' })
  end(started)
  expect(await exited).toEqual([0, null])
  expect(await told).toContain('gateway could not stop in order: Error: no space left for the last notes')
})
