import { expect, test } from './support/test.ts'

test('the first start makes a sample video that plays, seeks and can be saved', async ({ app, host, page }) => {
  await page.goto(app.url)
  await expect(page.getByRole('heading', { name: 'Make your first video' })).toBeVisible()
  expect(page.url()).not.toContain('token')
  await page.getByRole('button', { name: 'Make a sample video' }).click()

  await expect(page).toHaveURL(/#\/tasks$/)
  await app.expectDone('Sample video')
  expect(host.videos()).toEqual(['Sample video-preview.mp4'])

  const ranges = page.waitForResponse((response) => response.status() === 206 && response.url().includes('/media/'))
  await app.task('Sample video').getByRole('button', { name: 'Open result' }).click()
  const player = page.getByRole('dialog')
  await expect(player.getByText('Preview: lips not synced')).toBeVisible()
  await ranges
  const video = player.locator('video')
  const time = (): Promise<number> => video.evaluate((element: HTMLVideoElement) => element.currentTime)
  await expect.poll(time).toBeGreaterThan(0.2)

  await video.evaluate((element: HTMLVideoElement) => {
    element.currentTime = 5
  })
  await expect.poll(time).toBeGreaterThan(5.1)
  expect(await video.evaluate((element: HTMLVideoElement) => element.error)).toBeNull()

  const download = page.waitForEvent('download')
  await player.getByRole('link', { name: 'Download' }).click()
  expect((await download).suggestedFilename()).toBe('Sample video-preview.mp4')
})
