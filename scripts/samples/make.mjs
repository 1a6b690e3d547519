// Makes what resources/ ships: the drawn presenter, the welcome voices and the app icon.
// node scripts/samples/make.mjs [video] [voices] [icons]   (nothing named: all of them)
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeIcons } from './icons.mjs'
import { openRaster } from './raster.mjs'
import { makeVideo } from './video.mjs'
import { makeVoices } from './voices.mjs'

const resources = join(import.meta.dirname, '../../resources')
const samples = join(resources, 'samples')
const named = process.argv.slice(2)
const wanted = (part) => named.length === 0 || named.includes(part)

await mkdir(samples, { recursive: true })
if (wanted('voices')) await makeVoices(samples)
const raster = wanted('video') || wanted('icons') ? await openRaster() : undefined
try {
  if (raster && wanted('icons')) await makeIcons(raster, resources)
  if (raster && wanted('video')) await makeVideo(raster, samples)
} finally {
  await raster?.close()
}
