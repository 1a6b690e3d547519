import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { notAVideo, voiceOf } from './support/media.ts'
import { expect, test } from './support/test.ts'

/** What axe calls serious or critical, with the place. */
async function seriousFindings(page: Page): Promise<string[]> {
  // Preloading copies style sheets into style elements of its own, which the page's policy rightly blocks.
  const { violations } = await new AxeBuilder({ page }).options({ preload: false }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`every page in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })

    test('has no serious accessibility findings', async ({ app, page }) => {
      test.slow()
      const check = async (what: string): Promise<void> => {
        expect(await seriousFindings(page), what).toEqual([])
      }
      await page.goto(app.url)
      await expect(page.getByRole('button', { name: 'Make a sample video' })).toBeVisible()
      await check('first run')
      await page.getByRole('button', { name: 'Use my own files' }).click()
      await expect(app.avatar).toBeVisible()
      await check('empty form')
      await app.go('Tasks')
      await expect(page.getByText('No tasks right now')).toBeVisible()
      await check('no tasks')
      await app.go('History')
      await expect(page.getByText('Nothing here yet')).toBeVisible()
      await check('no history')

      await app.go('Compose')
      await app.drop(notAVideo())
      await expect(app.avatar.getByRole('alert')).toBeVisible()
      await check('refused file')
      await app.fillWithSamples('Quick')
      await check('filled form')
      await app.submit()
      await app.expectDone('Quick')
      await app.go('Compose')
      await app.drop(voiceOf(900))
      await expect(app.submitButton).toBeEnabled()
      await app.submitButton.click()
      await page.getByRole('button', { name: 'See tasks' }).click()
      await expect(page.getByRole('region', { name: 'Running' })).toBeVisible()
      await check('running task')
      await app.go('History')
      await expect(page.getByRole('button', { name: 'Play Quick' })).toBeVisible()
      await check('history')
      await page.getByRole('button', { name: 'Play Quick' }).click()
      await expect(page.getByRole('dialog').locator('video')).toBeVisible()
      await check('player')
    })
  })
}

test('language and appearance change at once and stay after a reload', async ({ app, page }) => {
  await app.open()
  const html = page.locator('html')
  await expect(html).toHaveAttribute('lang', 'en')
  await page.getByRole('button', { name: 'Language and appearance' }).click()
  await page.getByText('中文', { exact: true }).click()
  await expect(page.getByRole('button', { name: '合成视频' })).toBeVisible()
  await expect(html).toHaveAttribute('lang', 'zh-CN')
  await page.getByText('深色', { exact: true }).click()
  await expect(html).toHaveAttribute('data-mantine-color-scheme', 'dark')

  await page.reload()
  await expect(page.getByRole('button', { name: '合成视频' })).toBeVisible()
  await expect(html).toHaveAttribute('lang', 'zh-CN')
  await expect(html).toHaveAttribute('data-mantine-color-scheme', 'dark')
})

test('a reload keeps the page, the running task and what was typed', async ({ app, page }) => {
  await app.open()
  await app.fillWithSamples('Stays')
  await app.submit()
  await expect(app.task('Stays')).toBeVisible()
  await page.reload()
  await expect(page).toHaveURL(/#\/tasks$/)
  await app.expectDone('Stays')
  await app.go('Compose')
  await page.getByLabel('Name', { exact: true }).fill('Half a thought')
  await page.reload()
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Half a thought')
})

test('an address without the key of this start says what to do', async ({ app, page }) => {
  await page.goto(new URL('/', app.url).href)
  await expect(page.getByRole('heading', { name: 'This page is not connected to a studio' })).toBeVisible()
})
