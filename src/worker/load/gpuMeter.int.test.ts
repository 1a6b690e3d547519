import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { createLogger } from '../../shared/node/index.ts'
import { createGpuMeter, parseGpu } from './gpuMeter.ts'
import { createLoadMeter } from './loadMeter.ts'

const MIB = 1024 ** 2
const log = createLogger({ name: 'test', level: 'silent', destination: 'stderr' })

describe('parseGpu', () => {
  it.each([
    [
      'NVIDIA GeForce RTX 4090, 37, 10240, 24564, 61',
      { name: 'NVIDIA GeForce RTX 4090', util: 0.37, mem_used: 10_240 * MIB, mem_total: 24_564 * MIB, temp: 61 },
    ],
    [
      'NVIDIA A100-SXM4-40GB, [N/A], 5, 40960, [Not Supported]',
      { name: 'NVIDIA A100-SXM4-40GB', util: null, mem_used: 5 * MIB, mem_total: 40_960 * MIB, temp: null },
    ],
    ['No devices were found', undefined],
    ['NVIDIA T4, 3, [N/A], [N/A], 40', undefined],
    ['', undefined],
  ])('reads “%s”', (line, gpu) => {
    expect(parseGpu(line)).toEqual(gpu)
  })
})

describe('createGpuMeter', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dhs-gpu-'))
  })
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true })
  })

  /** The driver's tool, as far as a worker can tell. Each call leaves its arguments in `calls`. */
  function install(body: string): string {
    const path = join(dir, 'nvidia-smi')
    writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$*" >> ${join(dir, 'calls')}\n${body}\n`)
    chmodSync(path, 0o755)
    return path
  }

  it('tells what the cards tell, and asks again only when that is old', async () => {
    const command = install(`echo 'RTX 4090, 50, 1024, 24564, 60'; echo 'RTX 4090, 0, 10, 24564, 35'`)
    const clock = createFakeClock()
    const meter = createGpuMeter({ command, clock, log })
    expect(meter.read()).toEqual([])
    await meter.idle()
    expect(meter.read().map(({ util, temp }) => [util, temp])).toEqual([
      [0.5, 60],
      [0, 35],
    ])
    clock.advance(9_999)
    meter.read()
    await meter.idle()
    const calls = (): string[] => readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n')
    expect(calls()).toEqual([
      '--query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu --format=csv,noheader,nounits',
    ])
    clock.advance(1)
    meter.read()
    await meter.idle()
    expect(calls()).toHaveLength(2)
    expect(createLoadMeter(() => meter.read())().gpus).toHaveLength(2)
  })

  it.each([
    ['fails', 'echo "NVIDIA-SMI has failed" >&2; exit 9'],
    ['says nonsense', 'head -c 100000 /dev/zero'],
  ])('tells of no cards when the tool %s', async (_, body) => {
    const meter = createGpuMeter({ command: install(body), clock: createFakeClock(), log })
    meter.read()
    await meter.idle()
    expect(meter.read()).toEqual([])
  })

  it('tells of no cards when there is no tool', async () => {
    const meter = createGpuMeter({ command: join(dir, 'nothing-here'), clock: createFakeClock(), log })
    meter.read()
    await meter.idle()
    expect(meter.read()).toEqual([])
  })

  it('ends with its worker, also while a driver in trouble hangs', async () => {
    const meter = createGpuMeter({ command: install('sleep 600'), clock: createFakeClock(), log })
    meter.read()
    meter.stop()
    await meter.idle()
    expect(meter.read()).toEqual([])
  })
})
