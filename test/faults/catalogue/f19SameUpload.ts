import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Violation } from '../auditor/evidence.ts'
import { found } from '../auditor/violations.ts'
import { HTTP_ROUTES } from '../../../src/protocol/http/index.ts'
import { digestsOf } from '../rig/client.ts'
import type { World } from '../rig/world.ts'
import { pause } from './busyDay.ts'
import type { FaultCase } from './fault.ts'
import { NotReached } from './fault.ts'
import { openUploads, resumeOffset, storedBytes, TUS } from './openUploads.ts'

const UPLOAD_LIMIT_MS = 20_000
const STORED_LIMIT_MS = 5_000
/** More than the gateway gathers before it writes. */
const PART_BYTES = 600_000
const PATCH = { ...TUS, 'content-type': 'application/offset+octet-stream' }

type Work = (world: World, bytes: Buffer) => Promise<readonly Violation[]>

const VARIANTS: Readonly<Record<string, Work>> = {
  'two uploads': twoUploads,
  'two writers at once': twoWriters,
  'a writer before the other is done': overtaken,
}

export const sameUploadTwice: FaultCase = {
  id: 'F19',
  title: 'two uploads of one file at once; two writers on one upload',
  trials: { commit: 17, night: 67, release: 167 },
  variants: Object.keys(VARIANTS),
  sample: 1,
  async run(trial) {
    const work = VARIANTS[trial.variant]
    if (work === undefined) throw new Error(`no variant ${trial.variant}`)
    const world = await trial.openWorld()
    await world.gateway.start()
    const bytes = randomBytes(trial.random.between(PART_BYTES + 1, 2_000_000))
    const violations = await work(world, bytes)
    // Whatever became of the writers: the file can be had, and is whole.
    await world.client.upload(bytes, '.mp4', AbortSignal.timeout(UPLOAD_LIMIT_MS))
    return [...violations, ...(await world.verify())]
  },
}

async function twoUploads(world: World, bytes: Buffer): Promise<readonly Violation[]> {
  const clients = [world.openClient(), world.openClient()]
  await Promise.all(clients.map((client) => client.upload(bytes, '.mp4', AbortSignal.timeout(UPLOAD_LIMIT_MS))))
  return []
}

/** The same bytes from two connections: the later one stops the earlier one, and each is told where the upload is. */
async function twoWriters(world: World, bytes: Buffer): Promise<readonly Violation[]> {
  const location = await beginUpload(world, bytes)
  const patch = async (delayMs: number): Promise<number> => {
    await pause(delayMs)
    const headers = { ...PATCH, 'upload-offset': '0' }
    const answer = await world.client.ask(location, { method: 'PATCH', headers, body: new Uint8Array(bytes) })
    return answer?.status ?? 0
  }
  const statuses = await Promise.all([patch(0), patch(world.random.between(0, 3))])
  if (statuses.every((status) => status === 0)) throw new NotReached('nobody was answered')
  if (statuses.every((status) => status === 204)) throw new NotReached('one came after the other')
  const isLegal = statuses.every((status) => [204, 409, 0].includes(status))
  return isLegal ? [] : [found('I6', `two writers were answered ${statuses.join(' and ')}`)]
}

/** The first writer has sent a part and is still there when the second comes: from the start, or going on. */
async function overtaken(world: World, bytes: Buffer): Promise<readonly Violation[]> {
  const location = await beginUpload(world, bytes)
  const [uploadId = ''] = openUploads(world)
  const part = world.random.between(PART_BYTES, bytes.length - 1)
  const first = halfWriter(world, location, bytes, part)
  try {
    await stored(world, uploadId)
    if (first.closed) throw new NotReached('the first writer was gone')
    const goesOn = world.random.chance(0.5)
    const offset = goesOn ? ((await resumeOffset(world, uploadId)) ?? 0) : 0
    const second = await world.client.ask(location, {
      method: 'PATCH',
      headers: { ...PATCH, 'upload-offset': String(offset) },
      body: new Uint8Array(bytes.subarray(offset)),
    })
    // What the first one still sends comes too late.
    first.write(bytes.subarray(part))
    return [
      ...rightAnswer(second?.status ?? 0, goesOn),
      ...(offset > part ? [found('I6', `resumed at ${String(offset)} after ${String(part)} bytes`)] : []),
    ]
  } finally {
    first.destroy()
  }
}

function rightAnswer(status: number, goesOn: boolean): Violation[] {
  const wanted = goesOn ? 204 : 409
  return status === wanted
    ? []
    : [found('I6', `a second writer ${goesOn ? 'that goes on' : 'from the start'} was answered ${String(status)}`)]
}

async function beginUpload(world: World, bytes: Buffer): Promise<string> {
  const { md5, sha256 } = digestsOf(bytes)
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const metadata = `md5 ${base64(md5)},sha256 ${base64(sha256)},ext ${base64('.mp4')}`
  const headers = { ...TUS, 'upload-length': String(bytes.length), 'upload-metadata': metadata }
  const created = await world.client.ask(HTTP_ROUTES.poolUploads, { method: 'POST', headers })
  const location = created?.headers.get('location')
  if (typeof location !== 'string') throw new NotReached('no upload was begun')
  return location
}

/** A PATCH of the whole that stops in the middle of its body. */
function halfWriter(world: World, location: string, bytes: Buffer, part: number): Socket {
  const socket = connect({ port: world.gateway.port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  // Read, or the end would never be seen.
  socket.resume()
  const head = [
    `PATCH ${location} HTTP/1.1`,
    `Host: 127.0.0.1:${String(world.gateway.port)}`,
    `Authorization: Bearer ${world.credentials.licenseKey}`,
    ...Object.entries({ ...PATCH, 'upload-offset': '0' }).map(([name, value]) => `${name}: ${value}`),
    ...[`Content-Length: ${String(bytes.length)}`, '', ''],
  ]
  void once(socket, 'connect').then(() => {
    socket.write(head.join('\r\n'))
    socket.write(bytes.subarray(0, part))
  })
  return socket
}

async function stored(world: World, uploadId: string): Promise<void> {
  const deadline = performance.now() + STORED_LIMIT_MS
  while (storedBytes(world, uploadId) === 0) {
    if (performance.now() > deadline) throw new NotReached('nothing of the first writer was stored')
    await pause(2)
  }
}
