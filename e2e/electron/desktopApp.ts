import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { _electron, expect, test as base } from '@playwright/test'
import type { ElectronApplication, Page } from '@playwright/test'
import { electronBinary } from '../../scripts/setup/electron.mjs'

const ROOT = resolve(import.meta.dirname, '../..')
const binary = electronBinary()

export interface DesktopApp {
  readonly app: ElectronApplication
  readonly page: Page
  readonly dir: string
  /** Starts another instance on the same data and resolves with its exit code. */
  startAgain(...args: readonly string[]): Promise<number | null>
}

interface Fixtures {
  readonly dir: string
  readonly desktop: DesktopApp
}

export async function launch(dir: string, ...args: readonly string[]): Promise<ElectronApplication> {
  return _electron.launch({
    ...(binary === undefined ? {} : { executablePath: binary }),
    args: [ROOT, '--data', join(dir, 'data'), ...args],
    env: { ...stringsOf(process.env), XDG_VIDEOS_DIR: join(dir, 'videos'), LANG: 'en_US.UTF-8' },
    chromiumSandbox: true,
  })
}

/** The built app in real Electron, with data of its own, for one test. */
export const test = base.extend<Fixtures>({
  dir: async ({ browserName }, use) => {
    const dir = mkdtempSync(join(tmpdir(), `dhs-electron-${browserName}-`))
    await use(dir)
    rmSync(dir, { recursive: true, force: true })
  },
  desktop: async ({ dir }, use) => {
    const app = await launch(dir)
    const page = await app.firstWindow()
    await use({ app, page, dir, startAgain: (...args) => exitOfSecond(dir, args) })
    await app.close()
  },
})

test.skip(binary === undefined, 'no Electron binary')

export { expect }

async function exitOfSecond(dir: string, args: readonly string[]): Promise<number | null> {
  const second = await launch(dir, ...args)
  const child = second.process()
  if (child.exitCode !== null) return child.exitCode
  return new Promise((done) => child.once('exit', done))
}

function stringsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries)
}
