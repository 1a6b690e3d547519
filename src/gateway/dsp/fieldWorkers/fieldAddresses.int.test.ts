import { describe, expect, it, vi } from 'vitest'
import { FIELD_WAIT, openFieldBenches, serversText, submitField, untilStatus } from '../../testing/fieldBench.ts'
import { createHeardLog } from '../../testing/heardLog.ts'
import { status } from '../../testing/taskCalls.ts'

const { bench, fake } = openFieldBenches()

describe('two machines with one token', () => {
  it('are two servers when they come from two addresses, each with its own HTTP side', async () => {
    const [one, two] = [await fake({ switches: { hang: true } }), await fake({ from: '127.0.0.2' })]
    const entries = [
      { address: '127.0.0.1', url: one.url, name: 'upstairs' },
      { address: '127.0.0.2', url: two.url, name: 'downstairs' },
    ]
    const at = await bench({ servers: entries })
    one.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(one.serverIds).toEqual(['GPU-001'])
    }, FIELD_WAIT)
    two.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(two.serverIds).toEqual(['GPU-002'])
    }, FIELD_WAIT)
    const [first, second] = [await submitField(at), await submitField(at, 'two')]
    await vi.waitFor(async () => {
      const words = [(await status(at, first)).status, (await status(at, second)).status]
      expect(words.toSorted()).toEqual(['done', 'processing'])
    }, FIELD_WAIT)
    one.switches.hang = false
    await Promise.all([untilStatus(at, first, 'done'), untilStatus(at, second, 'done')])
    expect([one.jobs.length, two.jobs.length, one.closeCodes, two.closeCodes]).toEqual([1, 1, [], []])
  })

  it('do not evict each other in turns when they share an address, and the operator is warned', async () => {
    const { log, heard } = createHeardLog()
    const gpu = await fake()
    const at = await bench({ serverUrl: gpu.url }, { log })
    gpu.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(gpu.serverIds).toHaveLength(1)
    }, FIELD_WAIT)
    const second = await fake()
    second.connect(at.dspUrl)
    await heard('two field workers come from one address')
    await vi.waitFor(() => {
      expect(second.closeCodes.length).toBeGreaterThan(1)
    }, FIELD_WAIT)
    expect([gpu.closeCodes, second.serverIds]).toEqual([[], []])
    await untilStatus(at, await submitField(at), 'done')
  })

  it('cannot share the one HTTP address: the second says what is missing', async () => {
    const [one, two] = [await fake(), await fake({ from: '127.0.0.2' })]
    const at = await bench({ serverUrl: one.url })
    one.connect(at.dspUrl)
    two.connect(at.dspUrl)
    await vi.waitFor(async () => {
      expect(await serversText(at)).toContain('nobody said where its HTTP side is')
    }, FIELD_WAIT)
    for (const name of ['a', 'b']) await untilStatus(at, await submitField(at, name), 'done')
    expect(two.jobs).toEqual([])
  })
})
