// A process with what the studio moves files with, and nothing else: its hasher and its pool client.
import { createFileHasher } from '../../src/shared/node/index.ts'
import type { FileDigests } from '../../src/shared/node/index.ts'
import { withLoopLag } from '../measure/loopLag.ts'
import { timeWork } from '../measure/programs.ts'
import { connectPool } from './gatewayProcess.ts'
import type { FromTransfer, ToTransfer } from './transferMessages.ts'

const [url = '', licenseKey = ''] = [process.env['BENCH_GATEWAY_URL'], process.env['BENCH_LICENSE_KEY']]
const hasher = createFileHasher()
const pool = connectPool({ url, licenseKey })
let digests: FileDigests | undefined

process.on('message', (message: ToTransfer) => {
  void answer(message)
})
process.once('disconnect', () => process.exit(0))
send({ kind: 'ready' })

async function answer(message: ToTransfer): Promise<void> {
  if (message.kind === 'stop') {
    pool.close()
    await hasher.stop()
    process.disconnect()
    return
  }
  try {
    const { result: tookMs, lag } = await withLoopLag(() => timeWork(() => carryOut(message)))
    send({ kind: 'done', tookMs, lag })
  } catch (error) {
    send({ kind: 'failed', message: String(error) })
  }
}

async function carryOut({ kind, path }: Exclude<ToTransfer, { kind: 'stop' }>): Promise<void> {
  if (kind === 'hash') {
    digests = await hasher.hash(path)
    return
  }
  if (digests === undefined) throw new Error('the file is hashed first')
  if (kind === 'upload') {
    const { isSent } = await pool.upload(path, { ...digests, ext: '.mp4', name: 'avatar.mp4' })
    if (!isSent) throw new Error('the pool had the file already')
    return
  }
  await pool.download({ source: { md5: digests.md5, ext: '.mp4' }, destTmpPath: path, expected: digests })
}

function send(message: FromTransfer): void {
  process.send?.(message)
}
