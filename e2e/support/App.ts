import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { expect } from '@playwright/test'
import type { Locator, Page } from '@playwright/test'

const TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.wav': 'audio/wav',
  '.m4a': 'audio/mp4',
}

/** What a person does with the app, in their words. Texts are the English ones. */
export class App {
  readonly page: Page
  readonly url: string

  constructor(page: Page, url: string) {
    this.page = page
    this.url = url
  }

  /** Opens the app as it was printed, past the first start's offer. */
  async open(): Promise<void> {
    await this.page.goto(this.url)
    await this.page.getByRole('button', { name: 'Use my own files' }).click()
    await expect(this.avatar).toBeVisible()
  }

  get avatar(): Locator {
    return this.page.getByRole('region', { name: 'Avatar', exact: true })
  }

  get voice(): Locator {
    return this.page.getByRole('region', { name: 'Voice', exact: true })
  }

  get submitButton(): Locator {
    return this.page.getByRole('button', { name: 'Make video' })
  }

  /** The task with that name on the Tasks page. */
  task(name: string): Locator {
    return this.page.getByRole('article').filter({ has: this.page.getByRole('heading', { name, exact: true }) })
  }

  async go(name: 'Compose' | 'Tasks' | 'History'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click()
  }

  /** Drops files onto the window, as from a file manager. */
  async drop(...paths: readonly string[]): Promise<void> {
    const files = paths.map((path) => ({
      name: basename(path),
      type: TYPES[extname(path)] ?? '',
      base64: readFileSync(path).toString('base64'),
    }))
    const transfer = await this.page.evaluateHandle((list) => {
      const data = new DataTransfer()
      for (const { name, type, base64 } of list) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
        data.items.add(new File([bytes], name, { type }))
      }
      return data
    }, files)
    for (const event of ['dragenter', 'dragover', 'drop']) {
      await this.page.dispatchEvent('body', event, { dataTransfer: transfer })
    }
  }

  /** Drops both files and waits until they are checked and can be submitted. */
  async fill(avatar: string, voice: string, name?: string): Promise<void> {
    await this.drop(avatar, voice)
    await expect(this.avatar).toContainText(basename(avatar))
    await expect(this.voice).toContainText(basename(voice))
    if (name !== undefined) await this.page.getByLabel('Name', { exact: true }).fill(name)
    await expect(this.submitButton).toBeEnabled()
  }

  /** Fills the form with the files that ship with the app. */
  async fillWithSamples(name: string): Promise<void> {
    for (const place of [this.avatar, this.voice]) {
      const remove = place.getByRole('button', { name: 'Remove' })
      const sample = place.getByRole('button', { name: 'Use sample' })
      await expect(remove.or(sample).first()).toBeVisible()
      if (await remove.isVisible()) await remove.click()
      await sample.click()
    }
    await this.page.getByLabel('Name', { exact: true }).fill(name)
    await expect(this.submitButton).toBeEnabled()
  }

  /** Submits the form and shows the task. */
  async submit(): Promise<void> {
    await this.submitButton.click()
    await this.page.getByRole('button', { name: 'See tasks' }).click()
  }

  /** The task has ended well. */
  async expectDone(name: string): Promise<void> {
    await expect(this.task(name)).toContainText('Made in', { timeout: 60_000 })
  }
}
