import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loopSeconds, poseAt } from './presenter/motion.mjs'

const resources = join(import.meta.dirname, '../../resources')
const read = (name) => readFileSync(join(resources, name))

/** Top-level boxes of an MP4 file, in order. */
function boxTypes(file) {
  const types = []
  for (let at = 0; at < file.length; at += file.readUInt32BE(at)) types.push(file.toString('latin1', at + 4, at + 8))
  return types
}

test('the presenter ends where it begins, in place and in speed', () => {
  const step = 0.001
  for (const [name, atStart] of Object.entries(poseAt(0))) {
    const atEnd = poseAt(loopSeconds)[name]
    const speedAfter = (poseAt(step)[name] - atStart) / step
    const speedBefore = (atEnd - poseAt(loopSeconds - step)[name]) / step
    expect.soft(atEnd, name).toBeCloseTo(atStart, 9)
    expect.soft(speedBefore, `${name} speed`).toBeCloseTo(speedAfter, 1)
  }
})

test('the presenter blinks fully and opens the eyes again before the loop ends', () => {
  const lids = Array.from({ length: loopSeconds * 25 }, (...[, frame]) => poseAt(frame / 25).lids)
  expect(Math.min(...lids)).toBeLessThan(0.05)
  expect([lids[0], lids.at(-1)]).toEqual([1, 1])
})

test('the shipped video is small and plays before it is whole', () => {
  const file = read('samples/presenter.mp4')
  const types = boxTypes(file)
  expect(file.length).toBeLessThanOrEqual(1_500_000)
  expect(types.indexOf('moov')).toBeGreaterThan(0)
  expect(types.indexOf('moov')).toBeLessThan(types.indexOf('mdat'))
})

test.each(['welcome.wav', 'welcome-zh.wav'])('%s is 16 kHz mono 16-bit, 8 to 9.5 s, within 300 kB', (name) => {
  const file = read(`samples/${name}`)
  const data = file.indexOf('data')
  const seconds = file.readUInt32LE(data + 4) / 2 / 16_000
  expect({
    channels: file.readUInt16LE(22),
    rate: file.readUInt32LE(24),
    bits: file.readUInt16LE(34),
  }).toEqual({ channels: 1, rate: 16_000, bits: 16 })
  expect(file.length).toBeLessThanOrEqual(300_000)
  expect(seconds).toBeGreaterThanOrEqual(8)
  expect(seconds).toBeLessThanOrEqual(9.5)
})

test('icon files hold PNG images where their directories say', () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47])
  const ico = read('icon.ico')
  const icns = read('icon.icns')
  const icoStarts = Array.from({ length: ico.readUInt16LE(4) }, (...[, index]) => ico.readUInt32LE(6 + 16 * index + 12))
  const icnsStarts = []
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) icnsStarts.push(at + 8)
  expect(icoStarts).toHaveLength(8)
  expect(icnsStarts).toHaveLength(8)
  expect(icoStarts.filter((at) => !ico.subarray(at, at + 4).equals(png))).toEqual([])
  expect(icnsStarts.filter((at) => !icns.subarray(at, at + 4).equals(png))).toEqual([])
  expect(icns.readUInt32BE(4)).toBe(icns.length)
})
