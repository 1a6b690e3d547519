import { expect, test } from './support/test.ts'
import { notAVideo, PRESENTER, voiceOf, WELCOME } from './support/media.ts'

test('two dropped files are checked, submitted, followed and found in the history', async ({ app, host, page }) => {
  await app.open()
  await app.fill(PRESENTER, WELCOME, 'Morning greeting')
  const check = page.getByRole('region', { name: 'Check' })
  await expect(check).toContainText('8.0')

  await app.submitButton.click()
  await expect(page.getByText('Queued: Morning greeting')).toBeVisible()
  await expect(app.avatar).toContainText('presenter.mp4')
  await expect(app.voice).toContainText('Drop a voice recording here')

  await page.getByRole('button', { name: 'See tasks' }).click()
  await app.expectDone('Morning greeting')
  await app.go('History')
  await page.getByRole('button', { name: 'Play Morning greeting' }).click()
  await expect(page.getByRole('dialog').locator('video')).toHaveJSProperty('videoWidth', 1280)
  expect(host.videos()).toEqual(['Morning greeting-preview.mp4'])
})

test('the timeline shows every stage while the task runs', async ({ app, page }) => {
  await app.open()
  await app.fill(PRESENTER, voiceOf(300), 'Long speech')
  await app.submit()
  const task = app.task('Long speech')
  const stages = task.getByRole('list', { name: 'Progress in stages' }).getByRole('listitem')
  await expect(stages).toHaveText([/^Upload/, /^Wait/, /^Prepare/, /^Synthesize/, /^Encode/, /^Download/])
  await expect(stages.and(page.locator('[aria-current=step]'))).toHaveText(/^Encode/, { timeout: 60_000 })
  await expect(page.getByLabel('1 active task')).toBeVisible()
  const progress = task.getByRole('progressbar')
  await expect.poll(async () => Number((await progress.getAttribute('aria-valuenow')) ?? 0)).toBeGreaterThan(0)
  await app.expectDone('Long speech')
})

test('the same files travel once', async ({ app, page }) => {
  await app.open()
  await app.fill(PRESENTER, WELCOME, 'First')
  await app.submit()
  await app.expectDone('First')
  await app.go('Compose')
  await app.drop(WELCOME)
  await expect(page.getByRole('region', { name: 'Check' })).toContainText('Already on the server')
})

test('a task is cancelled while it runs, and leaves nothing behind', async ({ app, host, page }) => {
  await app.open()
  await app.fill(PRESENTER, voiceOf(900), 'Too long')
  await app.submit()
  const task = app.task('Too long')
  await expect(page.getByRole('region', { name: 'Running' })).toContainText('Too long')
  await task.getByRole('button', { name: 'Cancel' }).click()
  await expect(task).toContainText('Cancelled')
  await expect(page.getByLabel('1 active task')).toBeHidden()
  expect(host.videos()).toEqual([])
})

test('a file that is no video is refused with a sentence, and can be replaced', async ({ app, page }) => {
  await app.open()
  await app.drop(notAVideo())
  const refusal = app.avatar.getByRole('alert')
  await expect(refusal).toContainText('holiday.mp4')
  await expect(app.submitButton).toBeDisabled()
  await refusal.getByRole('button', { name: 'Copy details' }).isVisible()

  const chooser = page.waitForEvent('filechooser')
  await refusal.getByRole('button', { name: 'Choose another video' }).click()
  await (await chooser).setFiles(PRESENTER)
  await expect(app.avatar).toContainText('presenter.mp4')
  await expect(refusal).toBeHidden()
})

test('the whole way goes by keyboard', async ({ app, page }) => {
  await app.open()
  await app.avatar.getByRole('button', { name: 'Use sample' }).press('Enter')
  await app.voice.getByRole('button', { name: 'Use sample' }).press('Enter')
  await expect(app.submitButton).toBeEnabled()
  await page.getByLabel('Name', { exact: true }).press('Control+Enter')
  await page.getByRole('link', { name: 'Tasks' }).focus()
  await page.keyboard.press('Enter')
  await app.expectDone('welcome')
  await app.task('welcome').getByRole('button', { name: 'Open result' }).press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(app.task('welcome').getByRole('button', { name: 'Open result' })).toBeFocused()
})
