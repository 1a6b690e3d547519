// Takes the pictures of the user guide from the real app: every page, state, theme, language and size.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import type { Browser, Page } from '@playwright/test'
import { findChromium } from '../scripts/setup/tools.mjs'
import { App } from './support/App.ts'
import { notAVideo, PRESENTER, voiceOf, WELCOME } from './support/media.ts'
import { REPOSITORY, startCommand } from './support/process.ts'

const OUTPUT = join(REPOSITORY, 'docs/user/screenshots')
const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
] as const
const SCHEMES = ['light', 'dark'] as const
const PLACES = { compose: '#/', tasks: '#/tasks', history: '#/history' } as const

interface Screen {
  readonly language: 'en' | 'zh'
  readonly page: Page
  /** While true, nothing the studio says reaches the page. */
  hold: boolean
}

const dir = mkdtempSync(join(tmpdir(), 'dhs-pictures-'))

async function openScreen(browser: Browser, url: string, language: 'en' | 'zh'): Promise<Screen> {
  const locale = language === 'en' ? 'en-US' : 'zh-CN'
  const context = await browser.newContext({ locale, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
  const page = await context.newPage()
  const screen: Screen = { language, page, hold: false }
  await page.routeWebSocket('**/studio', (socket) => {
    const server = socket.connectToServer()
    socket.onMessage((message) => server.send(message))
    server.onMessage((message) => {
      if (!screen.hold) socket.send(message)
    })
  })
  await page.goto(url)
  await page.getByRole('navigation').waitFor()
  return screen
}

/** One state in both themes and sizes. The palette keeps the pictures small; nothing of the page needs more colours. */
async function shoot({ page, language }: Screen, name: string): Promise<void> {
  await page.waitForFunction(() => document.querySelector('.toast') === null)
  for (const size of SIZES) {
    await page.setViewportSize(size)
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme })
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
      const file = `${name}-${colorScheme}-${language}-${String(size.width)}.png`
      const raw = join(dir, file)
      await page.screenshot({ path: raw, animations: 'disabled', caret: 'hide' })
      const palette = 'split[a][b];[a]palettegen=max_colors=160[p];[b][p]paletteuse=dither=none'
      execFileSync('ffmpeg', ['-nostdin', '-loglevel', 'error', '-y', '-i', raw, '-vf', palette, join(OUTPUT, file)])
    }
  }
}

async function show({ page }: Screen, place: keyof typeof PLACES): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), PLACES[place])
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForLoadState('networkidle')
}

/** Drops files, in any language, and waits until they stand in their places. */
async function drop(screen: Screen, ...files: readonly string[]): Promise<void> {
  await new App(screen.page, '').drop(...files)
  await screen.page
    .locator('[data-drop-role][data-filled=true]')
    .nth(files.length - 1)
    .waitFor()
}

const submitButton = ({ page }: Screen) => page.locator('.submit-bar button:enabled')

async function submit(screen: Screen, name: string, ...files: readonly string[]): Promise<void> {
  await show(screen, 'compose')
  await drop(screen, ...files)
  await screen.page.locator('aside input[type=text], aside input:not([type])').first().fill(name)
  await submitButton(screen).click()
  await screen.page.locator('.toast').first().waitFor()
}

/** The first start, and every page with nothing in it. */
async function takeEmpty(screens: readonly Screen[]): Promise<void> {
  for (const screen of screens) {
    await screen.page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2)
    await shoot(screen, 'compose-first')
  }
  for (const [index, screen] of screens.entries()) {
    if (index === 0) await screen.page.locator('.first-run-actions button').nth(1).click()
    await screen.page.locator('[data-drop-role=avatar]').waitFor()
    await shoot(screen, 'compose-empty')
    for (const place of ['tasks', 'history'] as const) {
      await show(screen, place)
      await screen.page.locator('.state-message').waitFor()
      await shoot(screen, `${place}-empty`)
    }
  }
}

/** A form that is ready, one with a wrong file, and pages whose answers are on their way. */
async function takeForm(screens: readonly Screen[]): Promise<void> {
  for (const screen of screens) {
    await show(screen, 'compose')
    await drop(screen, PRESENTER, WELCOME)
    await submitButton(screen).waitFor()
    await screen.page.locator('.waveform[data-ready=true]').waitFor()
    await shoot(screen, 'compose-ready')
    await new App(screen.page, '').drop(notAVideo())
    await screen.page.locator('[data-drop-role=avatar] [role=alert]').waitFor()
    await shoot(screen, 'compose-error')
  }
}

async function takeLoading(screens: readonly Screen[]): Promise<void> {
  for (const screen of screens) {
    // Without what it has seen before.
    await show(screen, 'tasks')
    await screen.page.reload()
    await screen.page.locator('.state-message').waitFor()
    screen.hold = true
    await screen.page.evaluate((hash) => (location.hash = hash), PLACES.history)
    await screen.page.locator('.history-skeleton').first().waitFor()
    await shoot(screen, 'history-loading')
    screen.hold = false
    await screen.page.reload()
    await screen.page.getByRole('navigation').waitFor()
  }
}

/** Tasks on their way and a history with finished ones. */
async function takeBusy(screens: readonly Screen[]): Promise<void> {
  const [first] = screens
  if (first === undefined) return
  for (const name of ['早安问候', 'Product tour', '课程第一讲']) {
    await submit(first, name, PRESENTER, WELCOME)
    await show(first, 'tasks')
    await first.page.locator('.task-finished', { hasText: name }).waitFor({ timeout: 60_000 })
  }
  await submit(first, 'Lecture 2', PRESENTER, voiceOf(3_600))
  await submit(first, '明日预告', PRESENTER, WELCOME)
  for (const screen of screens) {
    await show(screen, 'tasks')
    await screen.page
      .locator('.task[data-phase=running] [role=progressbar][aria-valuenow]')
      .waitFor({ timeout: 60_000 })
    await screen.page.locator('.task-finished img').first().waitFor()
    await shoot(screen, 'tasks-busy')
    await show(screen, 'history')
    await screen.page.locator('.history-card img').first().waitFor()
    await shoot(screen, 'history-list')
  }
}

async function takePictures(browser: Browser): Promise<void> {
  const home = ['--data', join(dir, 'data'), '--output', join(dir, 'Videos', 'Digital Human Studio')]
  const host = await startCommand(['serve', '--port', '0', '--no-open', ...home])
  try {
    const url = String(host.ready['url'])
    const screens = [await openScreen(browser, url, 'en'), await openScreen(browser, url, 'zh')]
    await takeEmpty(screens)
    await takeLoading(screens)
    await takeForm(screens)
    await takeBusy(screens)
    await takeOffline(screens)
  } finally {
    await host.stop()
  }
}

/** A gateway whose GPU machine is away, then the gateway away as well, then a task that could not go on. */
async function takeOffline(screens: readonly Screen[]): Promise<void> {
  const [first] = screens
  if (first === undefined) return
  const gateway = await startCommand(['gateway', '--port', '0', '--data', join(dir, 'gateway')])
  try {
    const keys = JSON.parse(readFileSync(join(dir, 'gateway/credentials.json'), 'utf8')) as {
      readonly license_key: string
    }
    await first.page.setViewportSize(SIZES[0])
    await first.page.locator('.connection').click()
    await first.page.getByRole('button', { name: 'Change connection…' }).click()
    await first.page.locator('input[type=radio][value=remote]').check()
    await first.page.getByLabel('Address').fill(String(gateway.ready['url']))
    await first.page.getByLabel('Licence key').fill(keys.license_key)
    await first.page.getByRole('button', { name: 'Use this connection' }).click()
    await first.page.getByRole('dialog').waitFor({ state: 'hidden' })
    await submit(first, 'Night shift', PRESENTER, WELCOME)
    for (const screen of screens) {
      await show(screen, 'tasks')
      await screen.page.locator('.task[data-phase=waiting]', { hasText: 'Night shift' }).waitFor()
      await shoot(screen, 'tasks-waiting')
    }
  } finally {
    await gateway.stop()
  }
  for (const screen of screens) {
    for (const place of ['tasks', 'history', 'compose'] as const) {
      await show(screen, place)
      await screen.page.locator('.banner').first().waitFor({ timeout: 30_000 })
      await shoot(screen, `${place}-offline`)
    }
  }
}

mkdirSync(OUTPUT, { recursive: true })
const executablePath = findChromium()
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
try {
  await takePictures(browser)
  console.log(`${String(readdirSync(OUTPUT).length)} pictures in ${OUTPUT}`)
} finally {
  await browser.close()
  rmSync(dir, { recursive: true, force: true })
}
