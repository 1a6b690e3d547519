import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from '@playwright/test'
import { App } from './App.ts'
import { pidOfPart, startCommand } from './process.ts'
import type { RunningCommand } from './process.ts'

/** The real app: studio, gateway, worker and databases of its own, for one test. */
export interface Host extends RunningCommand {
  readonly url: string
  readonly dataDir: string
  readonly outputDir: string
  /** Names of everything in the output folder. */
  videos(): readonly string[]
  /** Kills a part without a warning and resolves when another has taken its place. */
  crash(part: 'gateway' | 'worker'): Promise<void>
}

interface Fixtures {
  readonly dir: string
  readonly host: Host
  readonly app: App
  /** Texts of console errors that this test provokes. */
  readonly expectedErrors: RegExp[]
}

export const test = base.extend<Fixtures>({
  dir: async ({}, use) => {
    const dir = mkdtempSync(join(tmpdir(), 'dhs-e2e-'))
    await use(dir)
    rmSync(dir, { recursive: true, force: true })
  },
  host: async ({ dir }, use) => {
    const host = await startHost(dir)
    await use(host)
    await host.stop()
  },
  expectedErrors: [[], { option: true }],
  app: async ({ page, host, expectedErrors }, use) => {
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
    })
    await use(new App(page, host.url))
    const unexpected = errors.filter((text) => !expectedErrors.some((expected) => expected.test(text)))
    expect(unexpected, 'console errors').toEqual([])
  },
})

async function startHost(dir: string): Promise<Host> {
  const dataDir = join(dir, 'data')
  const outputDir = join(dir, 'videos')
  const command = await startCommand(['serve', '--port', '0', '--no-open', '--data', dataDir, '--output', outputDir])
  return {
    ...command,
    url: String(command.ready['url']),
    dataDir,
    outputDir,
    videos: () => (existsSync(outputDir) ? readdirSync(outputDir) : []),
    crash: (part) => crash(command.pid, part),
  }
}

async function crash(appPid: number, part: 'gateway' | 'worker'): Promise<void> {
  const pid = pidOfPart(appPid, part)
  if (pid === undefined) throw new Error(`there is no ${part} to kill`)
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => pidOfPart(appPid, part) ?? pid).not.toBe(pid)
}

export { expect }
