import { spawn } from 'node:child_process'

interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The command that opens an address in the person's browser; undefined where there is no display. Pure. */
export function browserCommand(
  url: string,
  { platform, env }: Surroundings,
): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open', url]
  // Not `start`, which is a word of the shell: an address never reaches one.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url]
  const hasDisplay = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((value) => value !== undefined && value !== '')
  return hasDisplay ? ['xdg-open', url] : undefined
}

/** Opens the default browser. False where there is no display, or nothing that could be started. */
export function openInBrowser(
  url: string,
  surroundings: Surroundings = { platform: process.platform, env: process.env },
): Promise<boolean> {
  const command = browserCommand(url, surroundings)
  if (command === undefined) return Promise.resolve(false)
  const [program, ...args] = command
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true })
    child.once('error', () => {
      resolve(false)
    })
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
