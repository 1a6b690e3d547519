import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MessageChannelMain } from 'electron'
import type { MessagePortMain } from 'electron'
import { describeSpawnAdapter } from '../../src/shared/node/processHost/spawnAdapterContract.ts'
import { utilityAdapter } from '../../src/main/processes/index.ts'
import { fake } from './fakeElectron.ts'

const entry = fileURLToPath(new URL('./fixtures/echoUtility.ts', import.meta.url))
const env = { PATH: process.env['PATH'] ?? '' }

beforeAll(() => {
  fake.reset()
  fake.becomeReady()
})
afterAll(() => {
  fake.reset()
})

describeSpawnAdapter({
  name: 'utility process',
  spawnEcho: () => utilityAdapter({ entry, serviceName: 'echo', env }),
  spawnMissing: () => utilityAdapter({ entry: `${entry}.missing`, serviceName: 'missing', env, output: 'ignore' }),
})

describe('utility adapter', () => {
  it('gives every life ports of its own with its first message, and later ones on request', async () => {
    const made: MessagePortMain[] = []
    const adapter = utilityAdapter({
      entry,
      serviceName: 'echo',
      env,
      firstPorts: () => {
        const { port1, port2 } = new MessageChannelMain()
        made.push(port1)
        return [port2]
      },
    })
    for (const life of [1, 2]) {
      const child = adapter.spawn()
      const exit = new Promise((resolve) => {
        child.onExit(resolve)
      })
      child.send({ life })
      const answer = await sayOver(made.at(-1), `first port of life ${String(life)}`)
      const { port1, port2 } = new MessageChannelMain()
      expect(adapter.post({ more: true }, [port2])).toBe(true)
      expect([answer, await sayOver(port1, 'later')]).toEqual([`first port of life ${String(life)}`, 'later'])
      child.kill('SIGKILL')
      await exit
    }
    expect(made).toHaveLength(2)
    expect(adapter.post({ tooLate: true }, [])).toBe(false)
  })

  it('closes our end of a port when the child is gone', async () => {
    const { port1, port2 } = new MessageChannelMain()
    const adapter = utilityAdapter({ entry, serviceName: 'echo', env, firstPorts: () => [port2] })
    const child = adapter.spawn()
    child.send({ hello: true })
    await sayOver(port1, 'there')
    const closed = new Promise<void>((resolve) => {
      port1.once('close', resolve)
    })
    child.kill('SIGKILL')
    await closed
  })

  it('passes no argument and exactly the environment it was given', () => {
    expect(fake.forked.at(-1)).toMatchObject({ modulePath: entry, args: [], options: { env, serviceName: 'echo' } })
  })
})

function sayOver(port: MessagePortMain | undefined, text: string): Promise<unknown> {
  return new Promise((resolve) => {
    port?.once('message', (event) => {
      resolve(event.data)
    })
    port?.start()
    port?.postMessage(text)
  })
}
