import type { Locator } from '@playwright/test'
import type { App } from './support/App.ts'
import { expect, test } from './support/test.ts'

/** Makes a finished video out of the samples. */
async function make(app: App, name: string): Promise<void> {
  await app.fillWithSamples(name)
  await app.submit()
  await app.expectDone(name)
  await app.go('Compose')
}

const entries = (app: App): Locator => app.page.getByRole('list').getByRole('listitem')

test('videos are found by parts of their names, deleted, and brought back', async ({ app, host, page }) => {
  await app.open()
  await make(app, '早安问候')
  await make(app, 'Evening news 100%')
  await app.go('History')
  await expect(entries(app)).toHaveText([/Evening news 100%/, /早安问候/])
  await expect(page.getByText('2 videos')).toBeVisible()

  const search = page.getByRole('searchbox', { name: 'Search name, file or id' })
  for (const [query, found] of [
    ['问候', [/早安问候/]],
    ['早', [/早安问候/]],
    ['NEWS', [/Evening news 100%/]],
    ['100%', [/Evening news 100%/]],
    ['晚安', []],
  ] as const) {
    await search.fill(query)
    await expect(entries(app)).toHaveText([...found])
  }
  await expect(page.getByText('Nothing found for “晚安”')).toBeVisible()
  await page.getByRole('button', { name: 'Show all' }).click()

  await page.getByRole('button', { name: 'More actions: 早安问候' }).click()
  await page.getByRole('menuitem', { name: 'Delete with file' }).click()
  await expect(entries(app)).toHaveText([/Evening news 100%/])
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(entries(app)).toHaveText([/Evening news 100%/, /早安问候/])
  expect([...host.videos()].sort()).toEqual(['Evening news 100%-preview.mp4', '早安问候-preview.mp4'].sort())
  await page.getByRole('button', { name: 'Play 早安问候' }).click()
  await expect(page.getByRole('dialog').locator('video')).toHaveJSProperty('videoWidth', 1280)
})

test('an entry goes back into the form with its files and options', async ({ app, page }) => {
  await app.open()
  await make(app, 'Once more')
  await page.getByLabel('Name', { exact: true }).fill('something else')
  await app.go('History')
  await page.getByRole('button', { name: 'More actions: Once more' }).click()
  await page.getByRole('menuitem', { name: 'Compose again' }).click()
  await expect(app.avatar).toContainText('presenter.mp4')
  await expect(app.voice).toContainText('welcome.wav')
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Once more')
  await expect(app.submitButton).toBeEnabled()
})
