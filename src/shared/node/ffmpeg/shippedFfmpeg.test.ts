import { expect, it } from 'vitest'
import { shippedFfmpeg } from './shippedFfmpeg.ts'

it('is looked for beside the archive of a packaged app', () => {
  const packaged = '/opt/studio/resources/app.asar/node_modules/ffmpeg-static/ffmpeg'
  expect(shippedFfmpeg(() => packaged)).toBe(
    '/opt/studio/resources/app.asar.unpacked/node_modules/ffmpeg-static/ffmpeg',
  )
  expect(shippedFfmpeg(() => '/home/me/app/node_modules/ffmpeg-static/ffmpeg')).toBe(
    '/home/me/app/node_modules/ffmpeg-static/ffmpeg',
  )
})

it('is absent where the package is not installed, or has nothing for this system', () => {
  expect(shippedFfmpeg(() => null)).toBeUndefined()
  const missing = (): never => {
    throw new Error('Cannot find module')
  }
  expect(shippedFfmpeg(missing)).toBeUndefined()
})
