import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { PRESENTER, voiceOf, WELCOME } from './support/media.ts'
import { startCommand } from './support/process.ts'
import type { RunningCommand } from './support/process.ts'
import { expect, test } from './support/test.ts'

for (const part of ['worker', 'gateway'] as const) {
  test(`a task outlives a ${part} that is killed while it runs`, async ({ app, host, page }) => {
    test.slow()
    await app.open()
    await app.fill(PRESENTER, voiceOf(900), 'Outlives')
    await app.submit()
    await expect(page.getByRole('region', { name: 'Running' })).toContainText('Outlives')
    await host.crash(part)
    await expect(app.task('Outlives')).toContainText('Made in', { timeout: 120_000 })
    expect(host.videos()).toEqual(['Outlives-preview.mp4'])
  })
}

test.describe('a gateway of its own, without a GPU machine', () => {
  let gateway: RunningCommand
  let worker: RunningCommand | undefined
  test.beforeEach(async ({ dir }) => {
    gateway = await startCommand(['gateway', '--port', '0', '--data', join(dir, 'gateway')])
    worker = undefined
  })
  test.afterEach(async () => {
    await worker?.stop()
    await gateway.stop()
  })

  test('queues, says so, and the task runs by itself when a machine comes', async ({ app, dir, page }) => {
    await app.open()
    const credentials = JSON.parse(readFileSync(join(dir, 'gateway/credentials.json'), 'utf8')) as {
      readonly license_key: string
      readonly worker_secret: string
    }
    await connectTo(page, String(gateway.ready['url']), credentials.license_key)
    await app.fill(PRESENTER, WELCOME, 'Night work')
    await expect(page.getByRole('region', { name: 'Check' })).toContainText('No GPU is online')
    await app.submit()
    await expect(app.task('Night work')).toContainText('Queued, about 2 minutes')

    worker = await startCommand(['worker', '--gateway', String(gateway.ready['dsp']), '--data', join(dir, 'worker')], {
      DHS_WORKER_SECRET: credentials.worker_secret,
    })
    await app.expectDone('Night work')
  })
})

/** Chooses a gateway in the connection dialog, after its test has walked every step. */
async function connectTo(page: Page, url: string, licenseKey: string): Promise<void> {
  await page.getByRole('button', { name: /\(Connection\)$/ }).click()
  await page.getByRole('button', { name: 'Change connection…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Where videos are made' })
  await dialog.getByRole('radio', { name: /^A gateway/ }).check()
  await dialog.getByLabel('Address').fill(url)
  await dialog.getByLabel('Licence key').fill(licenseKey)
  await dialog.getByRole('button', { name: 'Test connection' }).click()
  const step = (text: string) => dialog.getByRole('listitem').filter({ hasText: text })
  await expect(step('Licence key is accepted').getByLabel('OK')).toBeVisible()
  await expect(step('A GPU is online').getByLabel('Failed')).toBeVisible()
  await dialog.getByRole('button', { name: 'Use this connection' }).click()
  await expect(dialog).toBeHidden()
}
