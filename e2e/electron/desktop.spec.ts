import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from '../support/App.ts'
import { PRESENTER, WELCOME } from '../support/media.ts'
import { expect, launch, test } from './desktopApp.ts'

test('makes the sample video at the first start; it plays and seeks', async ({ desktop }) => {
  const { page } = desktop
  const app = new App(page, page.url())
  await page
    .getByRole('button', { name: /sample/i })
    .first()
    .click()
  await app.go('Tasks')
  await expect(page.getByText('Made in')).toBeVisible({ timeout: 60_000 })
  await app.go('History')
  await page.getByRole('button', { name: /^Play / }).click()
  const video = page.getByRole('dialog').locator('video')
  await expect(video).toHaveJSProperty('videoWidth', 1280)
  await video.evaluate((element: HTMLVideoElement) => {
    element.currentTime = 3
  })
  await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThanOrEqual(3)
})

test('takes files from the dialog of the desktop, and never learns their path', async ({ desktop }) => {
  const { page, app } = desktop
  await app.evaluate(({ dialog }, path) => {
    Object.assign(dialog, { showOpenDialog: async () => ({ canceled: false, filePaths: [path] }) })
  }, PRESENTER)
  await page.getByRole('button', { name: 'Use my own files' }).click()
  const form = new App(page, page.url())
  await form.avatar.getByRole('button').first().click()
  await expect(form.avatar).toContainText('presenter.mp4')
  expect(await page.content()).not.toContain(PRESENTER)
})

test('takes a chosen file by the preload', async ({ desktop }) => {
  const { page } = desktop
  await page.evaluate(() => {
    const input = document.createElement('input')
    input.type = 'file'
    input.id = 'probe'
    document.body.append(input)
  })
  await page.locator('#probe').setInputFiles(WELCOME)
  const answer = await page.locator('#probe').evaluate((input: HTMLInputElement) => {
    const bridge = Reflect.get(window, 'dhs') as { registerFile(file: File | undefined): Promise<unknown> }
    return bridge.registerFile(input.files?.[0])
  })
  expect(answer).toEqual({ ok: true, value: expect.stringMatching(/^h_[0-9a-f]{32}$/) as unknown })
})

test('a second start hands its link to the first, and ends', async ({ desktop }) => {
  const record = `r_${'1'.repeat(32)}`
  expect(await desktop.startAgain('--', `dhstudio://task/${record}`)).toBe(0)
  await expect(desktop.page).toHaveURL(`app://studio/index.html#/tasks?record=${record}`)
})

test('a link to a gateway asks first', async ({ desktop }) => {
  await desktop.app.evaluate(({ dialog }) => {
    Object.assign(dialog, {
      showMessageBox: async (...args: unknown[]) => {
        Object.assign(globalThis, { asked: args.at(-1) })
        return { response: 1 }
      },
    })
  })
  await desktop.startAgain('--', 'dhstudio://connect?gateway=https://gpu.example.com')
  await expect
    .poll(() => desktop.app.evaluate(() => JSON.stringify(Reflect.get(globalThis, 'asked') ?? null)))
    .toContain('gpu.example.com')
})

test('a studio that died comes back, and the page with it', async ({ desktop }) => {
  const pid = await desktop.app.evaluate(
    ({ app }) => app.getAppMetrics().find((metric) => metric.name?.endsWith(': studio') === true)?.pid,
  )
  process.kill(pid ?? 0, 'SIGKILL')
  await new App(desktop.page, '').go('History')
  await expect(desktop.page.getByText(/reconnecting/i)).toBeHidden()
  await expect(desktop.page.getByRole('searchbox')).toBeVisible()
})

test('remembers the window', async ({ desktop, dir }) => {
  await desktop.app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.setBounds({ x: 40, y: 40, width: 1000, height: 700 })
  })
  const store = join(dir, 'data/shell/window.json')
  await expect
    .poll(() => JSON.parse(readFileSync(store, 'utf8')) as unknown)
    .toMatchObject({ width: 1000, height: 700 })
  await desktop.app.close()
  const again = await launch(dir)
  const bounds = await again
    .firstWindow()
    .then(() => again.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds()))
  expect(bounds).toMatchObject({ width: 1000, height: 700 })
  await again.close()
})

test('quits within ten seconds and leaves no process behind', async ({ desktop }) => {
  const pids = await desktop.app.evaluate(({ app }) => app.getAppMetrics().map((metric) => metric.pid))
  const startedMs = performance.now()
  await desktop.app.close()
  expect(performance.now() - startedMs).toBeLessThan(10_000)
  await expect.poll(() => pids.filter(isAlive)).toEqual([])
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
