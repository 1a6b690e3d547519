import { readdirSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createFakeClock, MINUTE_MS, randomHex } from '../../shared/index.ts'
import { openTestDoor } from '../testing/openTestDoor.ts'
import type { TestDoor } from '../testing/openTestDoor.ts'
import { rawRequest } from '../testing/rawRequest.ts'
import { onLinux } from '../../../test/platform/onLinux.ts'

/** More than two ends of a connection buffer. */
const LARGE_BYTES = 48 * 1024 * 1024
/** However slow the machine is. */
const SOON = { timeout: 10_000 }

let door: TestDoor
afterEach(() => door.close())

/** A large file as an upload leaves it. */
async function upload(): Promise<{ readonly handle: string; readonly path: string }> {
  const query = new URLSearchParams({ id: randomHex(16), name: 'clip.mp4', size: String(LARGE_BYTES) })
  const body = Buffer.alloc(LARGE_BYTES)
  const headers = {
    authorization: `Bearer ${door.token}`,
    'upload-offset': '0',
    'content-length': String(LARGE_BYTES),
  }
  const answer = await rawRequest(`${door.origin}/files?${query.toString()}`, { method: 'PUT', headers, body })
  const { handle } = JSON.parse(answer.body) as { readonly handle: string }
  return { handle, path: door.studio.door.resolveMedia(handle)?.path ?? '' }
}

/** How often this process has the file open. */
function openings(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path
    } catch {
      return false
    }
  }).length
}

describe.skipIf(!onLinux('a player that does not read'))('a player that does not read', () => {
  it('is waited for while it is paused, and loses its connection after minutes', async () => {
    const clock = createFakeClock()
    door = await openTestDoor({ clock })
    const { handle, path } = await upload()
    const socket = connect(door.port, '127.0.0.1')
    socket.on('error', () => undefined).pause()
    socket.write(`GET /media/${handle} HTTP/1.1\r\nHost: ${door.host}\r\n\r\n`)
    await vi.waitFor(() => {
      expect(openings(path)).toBe(1)
    }, SOON)
    for (let minute = 1; minute < 10; minute++) clock.advance(MINUTE_MS)
    expect(openings(path)).toBe(1)
    await vi.waitFor(() => {
      clock.advance(MINUTE_MS)
      expect(openings(path)).toBe(0)
    }, SOON)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.resume()
    await closed
    expect(socket.bytesRead).toBeLessThan(LARGE_BYTES)
  })
})
