import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import type { Logger } from '../../../shared/node/index.ts'
import {
  FIELD_TOKEN,
  FIELD_WAIT,
  openFieldBenches,
  serversText,
  submitField,
  untilStatus,
} from '../../testing/fieldBench.ts'
import { status } from '../../testing/taskCalls.ts'

const { bench, fake, pair } = openFieldBenches()

describe('what a field worker needs', () => {
  it('is told where it is missing: with a wrong secret for its HTTP side tasks wait', async () => {
    const gpu = await fake({ secret: 'the-right-one' })
    const at = await bench({ serverUrl: gpu.url, serverSecret: 'another-one' })
    gpu.connect(at.dspUrl)
    const taskId = await submitField(at)
    await vi.waitFor(async () => {
      expect(await serversText(at)).toContain('does not let the gateway in')
    }, FIELD_WAIT)
    expect(await status(at, taskId)).toMatchObject({ status: 'queued', attempts: 0 })
  })

  it('is pushed again when its pool forgot it', async () => {
    const { at, gpu } = await pair({ switches: { cache: false } })
    await untilStatus(at, await submitField(at), 'done')
    gpu.http.sweep()
    await untilStatus(at, await submitField(at, 'two'), 'done')
    expect(gpu.http.uploads).toHaveLength(4)
  })

  it('is never in the log: tokens and secrets', async () => {
    const lines: string[] = []
    const write = (message: string, fields?: unknown): void => {
      lines.push(`${message} ${inspect(fields, { depth: 9 })}`)
    }
    const log: Logger = {
      ...{ debug: write, info: write, warn: write, error: write, close: () => undefined },
      child: () => log,
    }
    const { at, gpu } = await pair({ secret: 'the-secret-of-its-http-side' }, { log })
    const taskId = await submitField(at)
    gpu.switches.garbage = 2
    await untilStatus(at, taskId, 'done')
    gpu.restart()
    const stranger = await fake({ token: `${FIELD_TOKEN}-not`, from: '127.0.0.4' })
    stranger.connect(at.dspUrl)
    await vi.waitFor(() => {
      expect(stranger.closeCodes.length).toBeGreaterThan(0)
    }, FIELD_WAIT)
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.filter((line) => line.includes(FIELD_TOKEN) || line.includes('the-secret-of'))).toEqual([])
  })
})
