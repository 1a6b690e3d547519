import { existsSync } from 'node:fs'
import { chromium } from '@playwright/test'

const candidates = [
  process.env.DHS_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** Opens the system's Chromium as an SVG rasteriser; `close()` ends it. */
export async function openRaster() {
  const executablePath = candidates.find((path) => path !== undefined && existsSync(path))
  if (executablePath === undefined) {
    throw new Error('No Chromium found. Install it (Debian: apt-get install chromium) or set DHS_CHROMIUM.')
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--force-color-profile=srgb'] })
  const page = await browser.newPage()

  /** PNG bytes of `svg`; `backdrop` is an SVG drawn once and kept while it stays the same. */
  let shownBackdrop
  async function png(svg, { width, height, backdrop = '' }) {
    await page.setViewportSize({ width, height })
    if (shownBackdrop !== backdrop) {
      const style = 'html,body{margin:0;background:transparent}svg{position:absolute;inset:0;display:block}'
      await page.setContent(`<style>${style}</style>${backdrop}<div id="drawing"></div>`)
      shownBackdrop = backdrop
    }
    await page.evaluate((markup) => {
      document.getElementById('drawing').innerHTML = markup
    }, svg)
    return page.screenshot({ type: 'png', omitBackground: true })
  }

  return { png, close: () => browser.close() }
}
