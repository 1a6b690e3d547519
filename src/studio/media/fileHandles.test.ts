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

it('gives back what was abandoned once a thousand files are open, and never what is used', () => {
  const clock = createFakeClock()
  const handles = new FileHandles(clock)
  const used = handles.register('/staged/used.mp4')
  const abandoned = Array.from({ length: 999 }, (_, index) => handles.register(`/staged/${String(index)}.mp4`))
  clock.advance(25 * HOUR_MS)
  expect(abandoned.map(({ handle }) => handles.resolve(handle)?.path)).not.toContain(undefined)
  clock.advance(25 * HOUR_MS)
  handles.get(used.handle)
  const newest = handles.register('/staged/newest.mp4')
  expect(abandoned.filter(({ handle }) => handles.resolve(handle) !== null)).toEqual([])
  expect([handles.get(used.handle).path, handles.get(newest.handle).path]).toEqual([used.path, newest.path])
})

it('keeps the addresses of the 10,000 files that were shown last', () => {
  const handles = new FileHandles(createFakeClock())
  const show = (index: number): string => handles.addressOf(`/out/${String(index)}.mp4`)
  const serves = (address: string): boolean => handles.resolve(address.slice('/media/'.length)) !== null
  const addresses = Array.from({ length: 10_000 }, (_, index) => show(index))
  const [first = '', second = '', third = ''] = addresses
  expect([serves(first), show(1)]).toEqual([true, second])
  show(10_000)
  expect([first, second, third, addresses[3] ?? ''].map(serves)).toEqual([true, true, false, true])
  expect([show(0), show(2)]).toEqual([first, expect.not.stringMatching(third)])
})
