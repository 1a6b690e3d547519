import { expect, it } from 'vitest'
import { createSpaceCheck } from './space.ts'

const MIB = 1024 ** 2
const MARK_BYTES = 2048 * MIB

/** A disk with so much room above the mark. */
function createDisk(roomBytes: number) {
  let freeBytes = MARK_BYTES + roomBytes
  const check = createSpaceCheck('/pool', MARK_BYTES, async () => freeBytes)
  const write = async (bytes: number): Promise<string> => {
    try {
      await check(bytes)
    } catch {
      return 'refused'
    }
    freeBytes -= bytes
    return 'written'
  }
  return { write, beyondBytes: () => Math.max(0, MARK_BYTES - freeBytes), free: () => (freeBytes = MARK_BYTES * 2) }
}

it('lets a hundred writers together pass the low-disk mark no further than one, but for a block of each', async () => {
  const disk = createDisk(10 * MIB)
  for (let round = 0; round < 60; round++) {
    await Promise.all(Array.from({ length: 100 }, () => disk.write(MIB)))
  }
  expect(disk.beyondBytes()).toBeLessThanOrEqual((64 + 100) * MIB)
})

it('refuses every write at the mark, not one in 64 MiB, until there is room again', async () => {
  const disk = createDisk(-1)
  expect(await Promise.all([disk.write(MIB), disk.write(MIB)])).toEqual(['refused', 'refused'])
  expect(await disk.write(MIB)).toBe('refused')
  disk.free()
  expect(await disk.write(MIB)).toBe('written')
})
