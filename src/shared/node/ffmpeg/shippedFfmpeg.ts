import { createRequire } from 'node:module'

/**
 * The executable of the optional package `ffmpeg-static`; undefined where it is not installed. Executables cannot run
 * from inside an asar archive: the packaged app keeps this one beside it.
 */
export function shippedFfmpeg(load: (name: string) => unknown = createRequire(import.meta.url)): string | undefined {
  try {
    const path = load('ffmpeg-static')
    return typeof path === 'string' ? path.replace(/app\.asar(?=[\\/])/, 'app.asar.unpacked') : undefined
  } catch {
    return undefined
  }
}
