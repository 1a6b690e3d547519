// P8: a whole preview task, from submit to the file in the output folder, against the ffmpeg command line alone.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openSession } from '../src/cli/compose/session.ts'
import type { Session } from '../src/cli/compose/session.ts'
import { locateFfmpeg, probeMedia } from '../src/shared/node/index.ts'
import { timeWork } from './measure/programs.ts'
import { runRounds } from './measure/rounds.ts'
import { GIB, makeScratch } from './measure/scratch.ts'
import { makePreviewMedia, VOICE_SECONDS } from './preview/media.ts'
import type { AvatarKind, Pair, PreviewMedia } from './preview/media.ts'
import { copyByHand, encodeByHand, encodeOnceByHand } from './preview/byHand.ts'
import { composeCold, composeWarm } from './preview/composed.ts'
import { compare } from './report/row.ts'
import type { Figure } from './report/row.ts'
import { runRowScript } from './report/rowScript.ts'

const ROUNDS = 5
const QUICK_ROUNDS = 2

/** How far from the voice's length a video may be, seconds: ours, and one cut by hand at a packet of a copied stream. */
const OURS = 0.1
const BY_HAND = 0.5

await runRowScript({
  row: 'P8',
  title: 'a preview of a 10 s avatar and a 30 s voice: the whole task',
  async measure({ isQuick, log }) {
    const location = await locateFfmpeg()
    if (location.kind === 'missing') throw new Error(`this row needs FFmpeg: ${location.installCommand}`)
    const scratch = await makeScratch(2 * GIB)
    let session: Session | undefined
    try {
      log('making the media')
      const media = await makePreviewMedia(location.path, scratch.dir)
      session = await openSession({
        dataDir: join(scratch.dir, 'data'),
        outPath: scratch.path('out.mp4'),
        ...{ remote: null, uploadLimitBytesPerSecond: null, language: 'en' },
      })
      return await measurePreviews({ ffmpeg: location.path, media, session, isQuick, log })
    } finally {
      await session?.close()
      await scratch.remove()
    }
  },
})

interface Previews {
  readonly ffmpeg: string
  readonly media: PreviewMedia
  readonly session: Session
  readonly isQuick: boolean
  readonly log: (text: string) => void
}

async function measurePreviews({ ffmpeg, media, session, isQuick, log }: Previews): Promise<readonly Figure[]> {
  const { studio } = session
  /** Another pair of files each time: what was hashed and uploaded before would be skipped. */
  const task = async (
    kind: AvatarKind,
    make: (pair: Pair) => Promise<unknown>,
    promised = BY_HAND,
  ): Promise<number> => {
    const pair = await media.nextPair(kind)
    const tookMs = await timeWork(() => make(pair))
    await assertIsPreview(pair.outPath, promised)
    await rm(pair.outPath)
    return tookMs / 1000
  }
  const rounds = isQuick ? QUICK_ROUNDS : ROUNDS
  log(`${rounds} rounds of the warm tasks and of ffmpeg`)
  const warm = await runRounds(
    {
      copy: () => task('copy', (pair) => composeWarm(studio, pair), OURS),
      copyByHand: () => task('copy', (pair) => copyByHand(ffmpeg, pair)),
      encode: () => task('encode', (pair) => composeWarm(studio, pair), OURS),
      encodeByHand: () => task('encode', (pair) => encodeByHand(ffmpeg, pair)),
      encodeOnceByHand: () => task('encode', (pair) => encodeOnceByHand(ffmpeg, pair)),
    },
    { rounds },
  )
  log(`${rounds} rounds of the cold command`)
  const cold = await runRounds(
    { compose: () => task('copy', composeCold, OURS), byHand: () => task('copy', (pair) => copyByHand(ffmpeg, pair)) },
    { rounds },
  )
  return [
    compare({
      ...{ what: 're-encode, warm', unit: 's', ours: warm.encode },
      peer: { name: 'ffmpeg, one command', samples: warm.encodeByHand },
      bar: { text: '≤ 1.10×', isMet: (ours, peer) => ours <= 1.1 * peer },
    }),
    compare({
      ...{ what: 're-encode, warm, against our own trick by hand', unit: 's', ours: warm.encode },
      peer: { name: 'ffmpeg, encode once then repeat', samples: warm.encodeOnceByHand },
    }),
    compare({
      ...{ what: 'copy, warm', unit: 's', ours: warm.copy },
      peer: { name: 'ffmpeg -c:v copy', samples: warm.copyByHand },
      bar: { text: '≤ ffmpeg + 0.5 s', isMet: (ours, peer) => ours <= peer + 0.5 },
    }),
    compare({
      ...{ what: '`dhs compose`, copy, with the start and stop of gateway and worker', unit: 's', ours: cold.compose },
      peer: { name: 'ffmpeg -c:v copy', samples: cold.byHand },
    }),
  ]
}

/** A fast wrong video is worth nothing. */
async function assertIsPreview(path: string, promisedSeconds: number): Promise<void> {
  const probe = await probeMedia(path)
  const isLong = Math.abs(probe.durationMs / 1000 - VOICE_SECONDS) <= promisedSeconds
  if (isLong && probe.video?.codec === 'avc' && probe.audio?.codec === 'aac') return
  throw new Error(`${path} is not the video that was asked for: ${JSON.stringify(probe)}`)
}
