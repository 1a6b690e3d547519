import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { frameHeight, frameWidth, backdropSvg, presenterSvg } from './presenter/frame.mjs'
import { loopSeconds } from './presenter/motion.mjs'
import { run } from './run.mjs'

const framesPerSecond = 25
const posterSeconds = 3

/** One thread and bitexact flags: the same drawing gives the same bytes on every machine with the same encoder. */
const encoding =
  '-c:v libx264 -profile:v high -preset veryslow -tune animation -crf 19 -pix_fmt yuv420p -g 50 -threads 1'.split(' ')
const colours = '-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv'.split(' ')
const silence = '-f lavfi -i anullsrc=channel_layout=mono:sample_rate=44100'.split(' ')

/** Draws the loop and its poster into `folder` as presenter.mp4 and presenter.jpg. */
export async function makeVideo(raster, folder) {
  const size = { width: frameWidth, height: frameHeight, backdrop: backdropSvg() }

  async function* frames() {
    for (let index = 0; index < loopSeconds * framesPerSecond; index += 1) {
      yield await raster.png(presenterSvg(index / framesPerSecond), size)
    }
  }

  await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-y', '-f', 'image2pipe', '-framerate', String(framesPerSecond), '-c:v', 'png', '-i', '-'],
      ...silence,
      ...['-t', String(loopSeconds), '-vf', 'scale=out_color_matrix=bt709:out_range=tv', ...encoding, ...colours],
      ...['-c:a', 'aac', '-b:a', '32k', '-flags', '+bitexact', '-fflags', '+bitexact', '-map_metadata', '-1'],
      ...['-movflags', '+faststart', join(folder, 'presenter.mp4')],
    ],
    frames(),
  )
  await makePoster(await raster.png(presenterSvg(posterSeconds), size), folder)
}

async function makePoster(png, folder) {
  const scratch = await mkdtemp(join(tmpdir(), 'dhs-samples-'))
  try {
    const still = join(scratch, 'poster.png')
    await writeFile(still, png)
    const poster = join(folder, 'presenter.jpg')
    await run('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-i',
      still,
      '-q:v',
      '3',
      '-flags',
      '+bitexact',
      '-map_metadata',
      '-1',
      poster,
    ])
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
