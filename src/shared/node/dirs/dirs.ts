import { homedir } from 'node:os'
import { join } from 'node:path'

const APP_FOLDER = 'digital-human-studio'
const OUTPUT_FOLDER = 'Digital Human Studio'

/** What decides where things go, so that every platform can be tested on one. */
export interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Databases, pool, cache and logs of the app; `--data` overrides it. Not created. */
export function defaultDataDir(surroundings: Surroundings = here()): string {
  const { platform, home, env } = surroundings
  if (platform === 'win32') return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), APP_FOLDER)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', APP_FOLDER)
  const dataHome = env['XDG_DATA_HOME']
  // The XDG specification says to ignore a relative value.
  return join(dataHome?.startsWith('/') === true ? dataHome : join(home, '.local', 'share'), APP_FOLDER)
}

/** Where finished videos go until the person chooses another folder. Not created. */
export function defaultOutputDir(surroundings: Surroundings = here()): string {
  const { platform, home, env } = surroundings
  if (platform === 'darwin') return join(home, 'Movies', OUTPUT_FOLDER)
  const videos = platform === 'linux' ? env['XDG_VIDEOS_DIR'] : undefined
  return join(videos?.startsWith('/') === true ? videos : join(home, 'Videos'), OUTPUT_FOLDER)
}

function here(): Surroundings {
  return { platform: process.platform, home: homedir(), env: process.env }
}
