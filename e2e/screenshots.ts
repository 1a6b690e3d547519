// Takes the pictures of the user guide from the real app: every page, state, theme, language and size.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { chromium } from '@playwright/test'
import type { Browser } from '@playwright/test'
import { findChromium } from '../scripts/setup/tools.mjs'
import { Camera, SIZES } from './support/Camera.ts'
import { damagedVideo, notAVideo, PRESENTER, voiceOf, WELCOME } from './support/media.ts'
import { REPOSITORY, startCommand } from './support/process.ts'
import { Screen } from './support/Screen.ts'

const OUTPUT = join(REPOSITORY, 'docs/user/screenshots')
const RUN_MS = 60_000

const dir = mkdtempSync(join(tmpdir(), 'dhs-pictures-'))
const camera = new Camera(dir, OUTPUT)

/** The first start, and every page with nothing in it. */
async function takeEmpty(screens: readonly Screen[]): Promise<void> {
  for (const screen of screens) {
    await screen.page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2)
    await camera.shoot(screen, 'compose-first')
  }
  for (const [index, screen] of screens.entries()) {
    if (index === 0) await screen.page.locator('.first-run-actions button').nth(1).click()
    await screen.page.locator('[data-drop-role=avatar]').waitFor()
    await camera.shoot(screen, 'compose-empty')
    for (const place of ['tasks', 'history'] as const) {
      await screen.show(place)
      await screen.page.locator('.state-message').waitFor()
      await camera.shoot(screen, `${place}-empty`)
    }
  }
}

/** Lists whose answers are on their way. */
async function takeLoading(screens: readonly Screen[]): Promise<void> {
  for (const screen of screens) {
    for (const place of ['tasks', 'history'] as const) {
      await screen.show(place)
      await screen.reload(true)
      await screen.page
        .locator(place === 'tasks' ? '.task-skeleton' : '.history-skeleton')
        .first()
        .waitFor()
      await camera.shoot(screen, `${place}-loading`)
    }
    await screen.reload()
  }
}

/** A form whose files are on their way, one that is ready, and one with a wrong file. */
async function takeForm(screens: readonly Screen[]): Promise<void> {
  for (const screen of screens) {
    const { page } = screen
    await screen.show('compose')
    const giveUp = await screen.dropSlowly(PRESENTER, WELCOME)
    await camera.shoot(screen, 'compose-loading')
    await giveUp()
    await screen.fill(PRESENTER, WELCOME)
    await screen.submitButton.waitFor()
    await page.locator('.waveform[data-ready=true]').waitFor()
    await page
      .locator('.facts')
      .filter({ hasNotText: /Checking…|正在检查…/ })
      .waitFor()
    await camera.shoot(screen, 'compose-ready')
    await screen.app.drop(notAVideo())
    await page.locator('[data-drop-role=avatar] [role=alert]').waitFor()
    await camera.shoot(screen, 'compose-error')
  }
}

/** A task that fails: the damage is found when the engine decodes the pictures. */
async function takeFailed(screens: readonly Screen[], first: Screen): Promise<void> {
  await first.show('compose')
  await first.chooseLoop('pingpong')
  await first.submit('Interview', damagedVideo(), WELCOME)
  for (const screen of screens) {
    await screen.show('tasks')
    await screen.page.locator('.task-finished[data-phase=failed] [role=alert]').waitFor({ timeout: RUN_MS })
    await camera.shoot(screen, 'tasks-error')
  }
  await first.show('compose')
  await first.chooseLoop('restart')
}

/** Tasks just handed over, tasks on their way, and a history with finished ones. */
async function takeBusy(screens: readonly Screen[], first: Screen): Promise<void> {
  for (const name of ['早安问候', 'Product tour', '课程第一讲']) {
    await first.submit(name, PRESENTER, WELCOME)
    await first.show('tasks')
    await first.page.locator('.task-finished', { hasText: name }).waitFor({ timeout: RUN_MS })
  }
  for (const screen of screens) {
    const [name, voice] = screen === first ? ['Lecture 2', voiceOf(3_600)] : ['明日预告', WELCOME]
    await screen.submit(name, PRESENTER, voice)
    await camera.shoot(screen, 'compose-busy', 'toast')
  }
  for (const screen of screens) {
    await screen.show('tasks')
    const bar = screen.page.locator('.task[data-phase=running] [role=progressbar][aria-valuenow]')
    await bar.waitFor({ timeout: RUN_MS })
    await screen.page.locator('.task-finished img').first().waitFor()
    await camera.shoot(screen, 'tasks-busy')
  }
}

/** The list, a video that plays, and a search without a hit. */
async function takeHistory(screens: readonly Screen[]): Promise<void> {
  for (const screen of screens) {
    const { page } = screen
    await screen.show('history')
    await page.locator('.history-card img').first().waitFor()
    await camera.shoot(screen, 'history-list')
    await page.locator('.history-card', { hasText: 'Product tour' }).click()
    const video = page.getByRole('dialog').locator('video')
    await video.evaluate(async (element: HTMLVideoElement) => {
      await element.play()
      element.pause()
      element.currentTime = 2
    })
    await page.waitForFunction(() => document.querySelector<HTMLVideoElement>('[role=dialog] video')?.seeking === false)
    await camera.shoot(screen, 'history-player')
    await page.keyboard.press('Escape')
    await video.waitFor({ state: 'detached' })
    await page.getByRole('searchbox').fill(screen.language === 'en' ? 'wedding' : '婚礼')
    await page.locator('.state-message').waitFor()
    await camera.shoot(screen, 'history-none')
  }
}

/** A gateway whose GPU machine is away, then the gateway away as well. */
async function takeOffline(screens: readonly Screen[], first: Screen): Promise<void> {
  await first.cancelAll()
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
    await first.submit('Night shift', PRESENTER, WELCOME)
    for (const screen of screens) {
      await screen.show('tasks')
      await screen.page.locator('.task[data-phase=waiting]', { hasText: 'Night shift' }).waitFor()
      await camera.shoot(screen, 'tasks-waiting')
    }
  } finally {
    await gateway.stop()
  }
  for (const screen of screens) {
    for (const place of ['tasks', 'history', 'compose'] as const) {
      await screen.show(place)
      await screen.page.locator('.banner').first().waitFor({ timeout: 30_000 })
      if (place === 'compose') {
        await screen.fill(PRESENTER, WELCOME)
        await screen.submitButton.waitFor()
        await screen.page.locator('.waveform[data-ready=true]').waitFor()
      }
      await camera.shoot(screen, `${place}-offline`)
    }
  }
}

/** A history that cannot be read: its table is gone. */
async function takeDamaged(browser: Browser): Promise<void> {
  const data = join(dir, 'damaged')
  const host = await startCommand(['serve', '--port', '0', '--no-open', '--data', data, '--output', join(dir, 'none')])
  try {
    const database = new DatabaseSync(join(data, 'studio.db'))
    database.exec('ALTER TABLE records RENAME TO lost_records')
    database.close()
    for (const language of ['en', 'zh'] as const) {
      const screen = await Screen.open(browser, String(host.ready['url']), language)
      await screen.show('history')
      await screen.page.locator('main [role=alert]').waitFor()
      await camera.shoot(screen, 'history-error')
    }
  } finally {
    await host.stop()
  }
}

async function takePictures(browser: Browser): Promise<void> {
  const home = ['--data', join(dir, 'data'), '--output', join(dir, 'Videos', 'Digital Human Studio')]
  const host = await startCommand(['serve', '--port', '0', '--no-open', ...home])
  try {
    const url = String(host.ready['url'])
    const first = await Screen.open(browser, url, 'en')
    const screens = [first, await Screen.open(browser, url, 'zh')]
    await takeEmpty(screens)
    await takeLoading(screens)
    await takeForm(screens)
    await takeFailed(screens, first)
    await takeBusy(screens, first)
    await takeHistory(screens)
    await takeOffline(screens, first)
  } finally {
    await host.stop()
  }
}

const executablePath = findChromium()
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
try {
  await takePictures(browser)
  await takeDamaged(browser)
  console.log(`${String(await camera.finish())} pictures in ${OUTPUT}`)
} finally {
  await browser.close()
  rmSync(dir, { recursive: true, force: true })
}
