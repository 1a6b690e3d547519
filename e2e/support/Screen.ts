import type { Browser, Page, WebSocketRoute } from '@playwright/test'
import { App } from './App.ts'

/** A line so slow that transfers can be seen. */
const SLOW_BYTES_PER_S = 40_000

const PLACES = { compose: '#/', tasks: '#/tasks', history: '#/history' } as const
export type Place = keyof typeof PLACES

/** One window of the app in one language, and the line between it and the studio. */
export class Screen {
  readonly language: 'en' | 'zh'
  readonly page: Page
  readonly app: App
  #held = false

  private constructor(language: 'en' | 'zh', page: Page) {
    this.language = language
    this.page = page
    this.app = new App(page, '')
  }

  static async open(browser: Browser, url: string, language: 'en' | 'zh'): Promise<Screen> {
    const locale = language === 'en' ? 'en-US' : 'zh-CN'
    const context = await browser.newContext({ locale, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
    const screen = new Screen(language, await context.newPage())
    await screen.page.routeWebSocket('**/studio', (socket) => screen.#carry(socket))
    await screen.page.goto(url)
    await screen.page.getByRole('navigation').waitFor()
    return screen
  }

  #carry(socket: WebSocketRoute): void {
    const server = socket.connectToServer()
    socket.onMessage((message) => {
      server.send(message)
    })
    server.onMessage((message) => {
      if (!this.#held) socket.send(message)
    })
  }

  /** Loads the page anew; while `held`, nothing the studio says reaches it. */
  async reload(held = false): Promise<void> {
    this.#held = held
    await this.page.reload()
    await this.page.getByRole('navigation').waitFor()
  }

  async show(place: Place): Promise<void> {
    await this.page.evaluate((hash) => (location.hash = hash), PLACES[place])
    await this.page.getByRole('heading', { level: 1 }).waitFor()
    await this.page.waitForLoadState('networkidle')
  }

  /** Drops files, in any language, and waits until they stand in their places. */
  async fill(...files: readonly string[]): Promise<void> {
    await this.app.drop(...files)
    const filled = this.page.locator('[data-drop-role][data-filled=true]')
    await filled.nth(files.length - 1).waitFor()
  }

  /** Drops files onto a slow line, and resolves when all are on their way. The answer gives up and mends the line. */
  async dropSlowly(...files: readonly string[]): Promise<() => Promise<void>> {
    const session = await this.page.context().newCDPSession(this.page)
    const line = (uploadThroughput: number) =>
      session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput,
      })
    await session.send('Network.enable')
    await line(SLOW_BYTES_PER_S)
    await this.app.drop(...files)
    await this.page.waitForFunction(
      (count) =>
        [...document.querySelectorAll('.slot-adding [role=progressbar]')].filter(
          (bar) => Number(bar.getAttribute('aria-valuenow')) > 9,
        ).length === count,
      files.length,
    )
    return async () => {
      const cancel = this.page.locator('.slot-adding button')
      while ((await cancel.count()) > 0) await cancel.first().click()
      await line(-1)
      await session.detach()
    }
  }

  /** Fills the form and hands the task over; the message about it is on screen. */
  async submit(name: string, ...files: readonly string[]): Promise<void> {
    await this.show('compose')
    await this.fill(...files)
    await this.page.locator('aside input[type=text], aside input:not([type])').first().fill(name)
    await this.submitButton.click()
    await this.page.locator('.toast').first().waitFor()
  }

  /** Cancels every task that has not ended, as a person does. */
  async cancelAll(): Promise<void> {
    await this.show('tasks')
    const active = this.page.locator('.task:not(.task-finished)')
    await active.first().waitFor()
    for (const task of (await active.all()).reverse()) await task.locator('.task-head button').last().click()
    await this.page.waitForFunction(() => document.querySelector('.task:not(.task-finished)') === null)
  }

  get submitButton() {
    return this.page.locator('.submit-bar button:enabled')
  }

  /** Chooses what happens when the voice is longer than the video. */
  async chooseLoop(loop: 'restart' | 'pingpong'): Promise<void> {
    const input = this.page.locator(`input[value=${loop}]`)
    await this.page.locator('.mantine-SegmentedControl-control').filter({ has: input }).click()
  }

  /** Takes a message away before its time. */
  async dismissToast(): Promise<void> {
    for (const button of await this.page.locator('.toasts .mantine-Notification-closeButton').all()) {
      await button.click({ timeout: 1_000 }).catch(() => undefined)
    }
    await this.page.waitForFunction(() => document.querySelector('.toast') === null)
  }
}
