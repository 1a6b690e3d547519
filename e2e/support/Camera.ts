import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FFMPEG } from './media.ts'
import type { Screen } from './Screen.ts'

export const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
] as const
const SCHEMES = ['light', 'dark'] as const
/** Keeps the pictures small; nothing of the page needs more colours. */
const PALETTE = 'split[a][b];[a]palettegen=max_colors=160[p];[b][p]paletteuse=dither=none'

const run = promisify(execFile)

/** Takes every state in both themes and sizes: `<page>-<state>-<theme>-<language>-<width>.png`. */
export class Camera {
  readonly #rawDir: string
  readonly #outputDir: string
  #developing: Promise<unknown> = Promise.resolve()
  #taken = 0

  constructor(rawDir: string, outputDir: string) {
    this.#rawDir = rawDir
    this.#outputDir = outputDir
    mkdirSync(outputDir, { recursive: true })
  }

  /** Messages are taken away first, except where the picture is about one. */
  async shoot(screen: Screen, name: string, about: 'page' | 'toast' = 'page'): Promise<void> {
    const { page, language } = screen
    if (about === 'page') await screen.dismissToast()
    await page.mouse.move(0, 0)
    for (const size of SIZES) {
      await page.setViewportSize(size)
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme })
        await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
        const file = `${name}-${colorScheme}-${language}-${String(size.width)}.png`
        await page.screenshot({ path: join(this.#rawDir, file), animations: 'disabled', caret: 'hide' })
        this.#develop(file)
      }
    }
  }

  /** Resolves with the number of pictures when all lie in the folder. */
  async finish(): Promise<number> {
    await this.#developing
    return this.#taken
  }

  /** Beside the next picture, one after the other: the app needs the machine as well. */
  #develop(file: string): void {
    this.#taken += 1
    const input = ['-nostdin', '-loglevel', 'error', '-y', '-i', join(this.#rawDir, file)]
    const output = ['-vf', PALETTE, '-threads', '1', join(this.#outputDir, file)]
    this.#developing = this.#developing.then(() => run(FFMPEG, [...input, ...output]))
    // Told by `finish`.
    this.#developing.catch(() => undefined)
  }
}
