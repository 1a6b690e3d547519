import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ROOT } from './places.mjs'
import { run } from './run.mjs'
import { installCommands, installHint, managersOf } from './systemPackages.mjs'

const APT_LIMIT_MS = 600_000
const PROBE_LIMIT_MS = 10_000
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'msedge']
const BROWSER_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  join(process.env['PROGRAMFILES'] ?? '', 'Google/Chrome/Application/chrome.exe'),
  join(process.env['PROGRAMFILES(X86)'] ?? '', 'Microsoft/Edge/Application/msedge.exe'),
]

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** @param {string} name without `.exe` @returns {string | undefined} */
function onPath(name) {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, file)).find(isProgram)
}

/** FFmpeg: the person's setting, then the shipped one, then PATH. @returns {string | undefined} */
function findFfmpeg() {
  const shipped = join(ROOT, 'node_modules/ffmpeg-static', process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg')
  return [process.env['DHS_FFMPEG'] ?? '', shipped].find((path) => path !== '' && isProgram(path)) ?? onPath('ffmpeg')
}

/** A Chromium of the system, never a downloaded one. @returns {string | undefined} */
export function findChromium() {
  const setting = process.env['DHS_CHROMIUM'] ?? ''
  if (setting !== '') return setting
  return BROWSERS.map(onPath).find((path) => path !== undefined) ?? BROWSER_PLACES.find((path) => existsSync(path))
}

function isUbuntu() {
  const release = '/etc/os-release'
  return existsSync(release) && /^ID=ubuntu$/m.test(readFileSync(release, 'utf8'))
}

async function hasCjkFonts() {
  if (process.platform !== 'linux') return true
  const { code, output } = await run('fc-list', [':lang=zh-cn', 'family'], { limitMs: PROBE_LIMIT_MS })
  return code === 0 && output.trim() !== ''
}

/** @type {Record<import('./systemPackages.mjs').Tool, () => boolean | Promise<boolean>>} */
const IS_PRESENT = {
  ffmpeg: () => findFfmpeg() !== undefined,
  chromium: () => findChromium() !== undefined,
  cjkFonts: hasCjkFonts,
  strace: () => onPath('strace') !== undefined,
  openssl: () => onPath('openssl') !== undefined,
}

/** @param {readonly import('./systemPackages.mjs').Tool[]} tools */
async function absent(tools) {
  const present = await Promise.all(tools.map((tool) => IS_PRESENT[tool]()))
  return tools.filter((_tool, index) => present[index] !== true)
}

/**
 * Makes sure these tools are on the system: installs them as root with apt, else says what to type.
 * @param {readonly import('./systemPackages.mjs').Tool[]} tools
 * @param {(line: string) => void} say
 * @returns {Promise<string | undefined>} one line on what is missing and the exact command, undefined when all are there
 */
export async function ensureTools(tools, say) {
  const missing = await absent(tools)
  if (missing.length === 0) return undefined
  const { platform } = process
  const manager = managersOf(platform).find((name) => onPath(name))
  const system = { platform, isRoot: process.getuid?.() === 0, manager, isUbuntu: isUbuntu() }
  for (const [command = '', ...args] of installCommands(missing, system)) {
    say(`${command} ${args.join(' ')}`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const { code, output } = await run(command, args, { env, limitMs: APT_LIMIT_MS })
    if (code !== 0) say(output.trimEnd().split('\n').slice(-5).join('\n'))
  }
  const still = await absent(missing)
  return still.length === 0 ? undefined : `Missing: ${still.join(', ')}. Run: ${installHint(still, system)}`
}
