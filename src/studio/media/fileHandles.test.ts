import { expect, it } from 'vitest'
import { createFakeClock } from '../../shared/index.ts'
import { FileHandles } from './fileHandles.ts'

const HOUR_MS = 3_600_000

it('keeps the files of an open page, and not those of one that went away without a word', () => {
  const clock = createFakeClock()
  const handles = new FileHandles(clock)
  const used = handles.register('/staged/used.mp4')
  handles.register('/staged/forgotten.mp4')
  clock.advance(20 * HOUR_MS)
  handles.get(used.handle)
  clock.advance(5 * HOUR_MS)
  expect(handles.openPaths()).toEqual(['/staged/used.mp4'])
  clock.advance(20 * HOUR_MS)
  expect(handles.openPaths()).toEqual([])
  handles.resolve(used.handle)
  expect(handles.openPaths()).toEqual(['/staged/used.mp4'])
  handles.release(used.handle)
  expect(handles.openPaths()).toEqual([])
})

it('gives one address to a file of ours, and never its path', () => {
  const handles = new FileHandles(createFakeClock())
  const address = handles.addressOf('/out/a.mp4')
  expect(handles.addressOf('/out/a.mp4')).toBe(address)
  expect(address).toMatch(/^\/media\/h_[0-9a-f]{32}$/)
  expect(handles.resolve(address.slice('/media/'.length))).toEqual({
    path: '/out/a.mp4',
    contentType: 'video/mp4',
    fileName: 'a.mp4',
  })
})
