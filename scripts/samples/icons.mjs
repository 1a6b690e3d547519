import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const smallBelowPx = 40

/** A head over shoulders made of sound: five bars, or three (on whole pixels) where five would blur. */
const bars = (list, width) =>
  list
    .map(
      ([x, top, bottom]) => `<rect x="${x}" y="${top}" width="${width}" height="${bottom - top}" rx="${width / 2}"/>`,
    )
    .join('')

const plate = (radius) => `
  <defs>
    <linearGradient id="plate" x1="0.15" y1="0" x2="0.85" y2="1"><stop offset="0" stop-color="#6d83e8"/>
      <stop offset="0.55" stop-color="#4a5fc9"/><stop offset="1" stop-color="#34439b"/></linearGradient>
    <linearGradient id="edge" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff" stop-opacity="0.4"/>
      <stop offset="0.5" stop-color="#fff" stop-opacity="0.06"/><stop offset="1" stop-color="#fff" stop-opacity="0.1"/></linearGradient>
    <linearGradient id="ink" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff"/><stop offset="1" stop-color="#dfe5ff"/></linearGradient>
  </defs>
  <rect x="64" y="64" width="896" height="896" rx="${radius}" fill="url(#plate)"/>
  <rect x="70" y="70" width="884" height="884" rx="${radius - 6}" fill="none" stroke="url(#edge)" stroke-width="12"/>`

const svg = (viewBox, content) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}">${content}</svg>\n`

const shoulders = [
  [256, 644, 764],
  [366, 560, 804],
  [476, 524, 828],
  [586, 560, 804],
  [696, 644, 764],
]

const iconSvg = svg(
  '0 0 1024 1024',
  `${plate(204)}<g fill="url(#ink)"><circle cx="512" cy="338" r="138"/>${bars(shoulders, 72)}</g>\n`,
)

/** Drawn on a 16 × 16 grid, edge to edge, so that 16 px and 32 px are crisp. */
const smallSvg = svg(
  '0 0 16 16',
  `<rect width="16" height="16" rx="3.5" fill="#4a5fc9"/><g fill="#fff"><circle cx="8" cy="4.5" r="2.5"/>${bars(
    [
      [3, 9, 13],
      [7, 8, 14],
      [11, 9, 13],
    ],
    2,
  )}</g>`,
)

const pngOf = (raster, size) => {
  const drawing = (size < smallBelowPx ? smallSvg : iconSvg).replace('<svg ', `<svg width="${size}" height="${size}" `)
  return raster.png(drawing, { width: size, height: size })
}

/** Windows icon: a directory of PNG images. */
function icoOf(images) {
  const head = Buffer.alloc(6 + 16 * images.length)
  head.writeUInt16LE(1, 2)
  head.writeUInt16LE(images.length, 4)
  let offset = head.length
  images.forEach(({ size, png }, index) => {
    const at = 6 + 16 * index
    head.writeUInt8(size === 256 ? 0 : size, at)
    head.writeUInt8(size === 256 ? 0 : size, at + 1)
    head.writeUInt16LE(1, at + 4)
    head.writeUInt16LE(32, at + 6)
    head.writeUInt32LE(png.length, at + 8)
    head.writeUInt32LE(offset, at + 12)
    offset += png.length
  })
  return Buffer.concat([head, ...images.map(({ png }) => png)])
}

/** macOS icon: four-letter type, length, PNG, repeated. */
function icnsOf(images) {
  const blocks = images.map(({ type, png }) => {
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(png.length + 8, 4)
    return Buffer.concat([head, png])
  })
  const body = Buffer.concat(blocks)
  const head = Buffer.alloc(8)
  head.write('icns', 'latin1')
  head.writeUInt32BE(body.length + 8, 4)
  return Buffer.concat([head, body])
}

const icoSizes = [16, 20, 24, 32, 48, 64, 128, 256]
const icnsTypes = { ic11: 32, ic12: 64, ic07: 128, ic13: 256, ic08: 256, ic14: 512, ic09: 512, ic10: 1024 }

/** Writes icon.svg, icon-small.svg, icon.png, icon.ico and icon.icns into `folder`. */
export async function makeIcons(raster, folder) {
  const pngs = new Map()
  for (const size of new Set([...icoSizes, ...Object.values(icnsTypes)])) pngs.set(size, await pngOf(raster, size))
  await writeFile(join(folder, 'icon.svg'), iconSvg)
  await writeFile(join(folder, 'icon-small.svg'), smallSvg)
  await writeFile(join(folder, 'icon.png'), pngs.get(1024))
  await writeFile(join(folder, 'icon.ico'), icoOf(icoSizes.map((size) => ({ size, png: pngs.get(size) }))))
  const macImages = Object.entries(icnsTypes).map(([type, size]) => ({ type, png: pngs.get(size) }))
  await writeFile(join(folder, 'icon.icns'), icnsOf(macImages))
}
