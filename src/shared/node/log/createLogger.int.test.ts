import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from './createLogger.ts'
import { openRotatingFile } from './rotatingFile.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dhs-log-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

describe('createLogger', () => {
  it('writes one JSON object per line, with child fields and without secrets', () => {
    const path = join(dir, 'logs', 'gateway.log')
    const logger = createLogger({ name: 'gateway', destination: path })
    logger.debug('below the level')
    logger.child({ taskId: 't-1', token: 'canary' }).warn('100% of lk_canary', { url: '/dsp?token=canary' })
    logger.error('failed', { error: new Error('Bearer canary') })
    logger.close()
    logger.close()
    const text = readFileSync(path, 'utf8')
    expect(text).not.toContain('canary')
    const [first, second] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(first).toMatchObject({ level: 'warn', name: 'gateway', taskId: 't-1', msg: '100% of [hidden]' })
    expect(second).toMatchObject({ level: 'error', msg: 'failed', error: { message: 'Bearer [hidden]' } })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('writes lines for people when asked', () => {
    const path = join(dir, 'app.log')
    const logger = createLogger({ name: 'app', destination: path, pretty: true, level: 'debug' })
    logger.debug('started', { port: 9501 })
    logger.close()
    expect(readFileSync(path, 'utf8')).toMatch(/^\d\d:\d\d:\d\d\.\d{3} DEBUG app: started \{"port":9501\}\n$/)
  })
})

describe('openRotatingFile', () => {
  it('keeps the newest lines in a bounded number of files', () => {
    const path = join(dir, 'app.log')
    const file = openRotatingFile(path, { maxBytes: 100, keep: 2 })
    for (let index = 0; index < 100; index += 1)
      file.write(`line ${String(index).padStart(3, '0')} ${'x'.repeat(20)}\n`)
    file.close()
    expect(readdirSync(dir).sort()).toEqual(['app.log', 'app.log.1', 'app.log.2'])
    expect(readFileSync(path, 'utf8')).toContain('line 099')
    expect(readFileSync(`${path}.2`, 'utf8').length).toBeLessThanOrEqual(100)
  })

  it('never writes into another file that got its number, and goes on when its folder is back', () => {
    const path = join(dir, 'logs', 'app.log')
    const file = openRotatingFile(path, { maxBytes: 10 })
    file.write('the first line\n')
    rmSync(join(dir, 'logs'), { recursive: true })
    file.write('lost: it could not be rotated\n')
    const other = openSync(join(dir, 'studio.db'), 'w')
    file.write('lost too\n')
    closeSync(other)
    expect(readFileSync(join(dir, 'studio.db'), 'utf8')).toBe('')
    mkdirSync(join(dir, 'logs'))
    file.write('back\n')
    file.close()
    file.write('after the end\n')
    expect(readFileSync(path, 'utf8')).toBe('back\n')
  })
})
