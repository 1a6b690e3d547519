import { readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { isExecutable, runChild } from '../process/index.ts'
import { shippedFfmpeg } from './shippedFfmpeg.ts'

export interface FfmpegTools {
  /** Absolute path of the ffmpeg executable. */
  readonly path: string
  readonly version: string
  /** Absent with builds that ship ffmpeg alone. */
  readonly ffprobePath?: string
}

export type FfmpegLocation =
  | ({ readonly kind: 'found' } & FfmpegTools)
  | { readonly kind: 'missing'; readonly installCommand: string; readonly rejected: readonly string[] }

export interface LocateOptions {
  /** A path the person chose; tried first. */
  readonly setting?: string
  /** The executable shipped with the app; default: the one of `ffmpeg-static`, where that is installed. */
  readonly shipped?: string
  /** Default: the PATH of this process. */
  readonly searchPath?: string
}

const VERSION_TIMEOUT_MS = 10_000
const EXECUTABLE_SUFFIX = process.platform === 'win32' ? '.exe' : ''

/** Finds an ffmpeg that really starts: the person's setting, then the shipped one, then PATH. */
export async function locateFfmpeg(options: LocateOptions = {}): Promise<FfmpegLocation> {
  const pathDirs = (options.searchPath ?? process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '')
  const candidates = [
    options.setting,
    options.shipped ?? shippedFfmpeg(),
    ...pathDirs.map((dir) => join(dir, `ffmpeg${EXECUTABLE_SUFFIX}`)).filter(isExecutable),
  ]
  const rejected: string[] = []
  for (const path of candidates) {
    if (path === undefined || path === '') continue
    const version = await versionOf(path)
    if (version === undefined) {
      rejected.push(path)
      continue
    }
    const ffprobePath = [dirname(path), ...pathDirs]
      .map((dir) => join(dir, `ffprobe${EXECUTABLE_SUFFIX}`))
      .find(isExecutable)
    return { kind: 'found', path, version, ...(ffprobePath === undefined ? {} : { ffprobePath }) }
  }
  return { kind: 'missing', installCommand: installCommand(process.platform, readOsRelease()), rejected }
}

/** The command a person can paste to install FFmpeg on this system. */
export function installCommand(platform: NodeJS.Platform, osRelease: string): string {
  if (platform === 'darwin') return 'brew install ffmpeg'
  if (platform === 'win32') return 'winget install --id Gyan.FFmpeg'
  const family = osRelease.match(/^ID(?:_LIKE)?=.*$/gm)?.join(' ') ?? ''
  if (/fedora|rhel|centos/.test(family)) return 'sudo dnf install -y ffmpeg-free'
  if (/arch/.test(family)) return 'sudo pacman -S --noconfirm ffmpeg'
  if (/alpine/.test(family)) return 'sudo apk add ffmpeg'
  if (/suse/.test(family)) return 'sudo zypper install -y ffmpeg'
  return 'sudo apt-get install -y ffmpeg'
}

async function versionOf(path: string): Promise<string | undefined> {
  let firstLine: string | undefined
  try {
    const result = await runChild({
      command: path,
      args: ['-version'],
      timeoutMs: VERSION_TIMEOUT_MS,
      killGraceMs: 0,
      onStdoutLine: (line) => {
        firstLine ??= line
      },
    })
    return result.code === 0 ? /^ffmpeg version (\S+)/.exec(firstLine ?? '')?.[1] : undefined
  } catch {
    // Not there, not executable, not for this machine: to the caller all of them are "not this one".
    return undefined
  }
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}
