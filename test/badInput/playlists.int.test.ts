import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killAll } from '../cli/dhs.ts'
import { startGateway } from '../cli/servers.ts'
import type { GatewayRun } from '../cli/servers.ts'
import { compose, expectRefusal } from './compose.ts'
import { put, wav } from './files.ts'

/** Why a program cannot be traced here; undefined where it can. */
function whyNotTraceable(): string | undefined {
  try {
    execFileSync('strace', ['-f', '-e', 'trace=openat', '-o', '/dev/null', 'true'], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const WHY_NOT = whyNotTraceable()
if (WHY_NOT !== undefined) console.log(`skipped, strace cannot be used: ${WHY_NOT}`)

const PLAYLISTS: readonly (readonly [what: string, file: string, text: (target: string, url: string) => string])[] = [
  [
    'an HLS playlist',
    'hls.mp4',
    (target, url) => `#EXTM3U\n#EXTINF:1,\n${target}\n#EXTINF:1,\n${url}\n#EXT-X-ENDLIST\n`,
  ],
  ['an ffconcat list', 'list.mp4', (target, url) => `ffconcat version 1.0\nfile '${target}'\nfile '${url}'\n`],
  ['an .m3u list', 'list.m3u.mp4', (target, url) => `${url}\n${target}\n`],
  [
    'an SDP description',
    'sdp.mp4',
    (_, url) => `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nu=${url}\nm=video 5004 RTP/AVP 96\n`,
  ],
  ['a DASH manifest', 'dash.mp4', (_, url) => `<?xml version="1.0"?><MPD><BaseURL>${url}</BaseURL></MPD>`],
]

describe.skipIf(WHY_NOT !== undefined)('lists that point to other files', () => {
  let root: string
  let gateway: GatewayRun
  let listener: Server
  let connections = 0
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhs-lists-'))
    gateway = await startGateway(join(root, 'gateway'))
    listener = createServer((socket) => {
      connections += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
  })
  afterAll(async () => {
    await killAll()
    listener.close()
    await rm(root, { recursive: true, force: true })
  })

  it.each(PLAYLISTS)('%s named .mp4 opens nothing else', async (_, name, text) => {
    const target = await put(root, 'secret-target.wav', wav({}))
    const { port } = listener.address() as AddressInfo
    const video = await put(root, name, text(target, `http://127.0.0.1:${String(port)}/x.ts`))
    const log = join(root, `${name}.trace`)
    const out = join(root, 'out.mp4')
    const prefix = ['strace', '-f', '-e', 'trace=openat,open', '-s', '4096', '-o', log]
    const end = await compose({ video, out, gateway, prefix }).ended

    await expectRefusal(end, { code: /^MEDIA_(FORMAT_NOT_ALLOWED|INVALID)$/, mentions: name, out })
    const opened = await readFile(log, 'utf8')
    // The trace is a trace: it saw the playlist itself being opened.
    expect(opened).toContain(name)
    expect(opened).not.toContain('secret-target')
    expect(connections).toBe(0)
  })
})
