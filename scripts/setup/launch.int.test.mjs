import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const module = (/** @type {string} */ name) => JSON.stringify(pathToFileURL(join(import.meta.dirname, name)).href)

const INNER = `
import { diesWithLauncher } from ${module('lifeline.mjs')}
diesWithLauncher()
let interrupts = 0
process.on('SIGINT', () => {
  interrupts += 1
  setImmediate(() => process.stdout.write('interrupts ' + interrupts + '\\n'))
})
process.on('SIGTERM', () => process.exit(43))
const keep = setInterval(() => undefined, 1000)
process.stdout.write('pid ' + process.pid + '\\n')
`
const OUTER = `
import { passThrough } from ${module('passThrough.mjs')}
process.exitCode = await passThrough(process.execPath, [process.argv[2]])
`

const isWindows = process.platform === 'win32'
if (isWindows) process.stderr.write('skipped, Windows has no POSIX signals: passThrough\n')

describe.skipIf(isWindows)('passThrough', () => {
  let folder = ''
  /** @type {import('node:child_process').ChildProcessWithoutNullStreams} */
  let outer
  let innerPid = 0
  let output = ''

  /** @param {string} text */
  const printed = async (text) => {
    while (!output.includes(text)) await once(outer.stdout, 'data')
  }
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dhs-launch-'))
    writeFileSync(join(folder, 'inner.mjs'), INNER)
    writeFileSync(join(folder, 'outer.mjs'), OUTER)
    outer = spawn(process.execPath, [join(folder, 'outer.mjs'), join(folder, 'inner.mjs')])
    output = ''
    outer.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      output += text
    })
    await printed('\n')
    innerPid = Number(/pid (\d+)/.exec(output)?.[1])
  })

  afterEach(() => {
    outer.kill('SIGKILL')
    if (!outer.stdout.closed) process.kill(innerPid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('passes a signal on once, although it comes twice, and then the exit code', async () => {
    outer.kill('SIGINT')
    outer.kill('SIGINT')
    await printed('interrupts 1')
    outer.kill('SIGTERM')
    const [code] = await once(outer, 'close')
    expect({ code, output: output.replace(/pid \d+/, 'pid') }).toEqual({ code: 43, output: 'pid\ninterrupts 1\n' })
  })

  it('leaves nothing running when the launcher is killed', async () => {
    outer.kill('SIGKILL')
    // The pipes are the inner program's as well: they close only when it is gone, too.
    expect(await once(outer, 'close')).toEqual([null, 'SIGKILL'])
  })
})
