/** @typedef {'ffmpeg' | 'chromium' | 'cjkFonts'} Tool */
/** @typedef {'apt-get' | 'dnf' | 'pacman' | 'zypper' | 'apk' | 'brew' | 'winget'} Manager */

/**
 * @typedef {object} System
 * @property {NodeJS.Platform} platform
 * @property {boolean} isRoot
 * @property {Manager | undefined} manager first package manager found on PATH
 */

/** @type {Record<Manager, Record<Tool, string>>} */
const PACKAGES = {
  'apt-get': { ffmpeg: 'ffmpeg', chromium: 'chromium', cjkFonts: 'fonts-noto-cjk' },
  dnf: { ffmpeg: 'ffmpeg-free', chromium: 'chromium', cjkFonts: 'google-noto-sans-cjk-fonts' },
  pacman: { ffmpeg: 'ffmpeg', chromium: 'chromium', cjkFonts: 'noto-fonts-cjk' },
  zypper: { ffmpeg: 'ffmpeg', chromium: 'chromium', cjkFonts: 'noto-sans-sc-fonts' },
  apk: { ffmpeg: 'ffmpeg', chromium: 'chromium', cjkFonts: 'font-noto-cjk' },
  brew: { ffmpeg: 'ffmpeg', chromium: '--cask google-chrome', cjkFonts: '--cask font-noto-sans-cjk' },
  winget: { ffmpeg: 'Gyan.FFmpeg', chromium: 'Google.Chrome', cjkFonts: 'Google.NotoSansCJK' },
}

/** @type {Record<Manager, string>} */
const INSTALL = {
  'apt-get': 'apt-get install -y',
  dnf: 'dnf install -y',
  pacman: 'pacman -S --noconfirm',
  zypper: 'zypper install -y',
  apk: 'apk add',
  brew: 'brew install',
  winget: 'winget install -e --id',
}

/** @type {Partial<Record<NodeJS.Platform, readonly Manager[]>>} */
const MANAGERS = {
  linux: ['apt-get', 'dnf', 'pacman', 'zypper', 'apk'],
  darwin: ['brew'],
  win32: ['winget'],
}

/** @type {Record<Tool, string>} */
const DOWNLOADS = {
  ffmpeg: 'install FFmpeg from https://ffmpeg.org/download.html and put it on PATH',
  chromium: 'install Chromium or Chrome from https://www.google.com/chrome',
  cjkFonts: 'install the Noto Sans CJK fonts from https://github.com/notofonts/noto-cjk',
}

/** @param {NodeJS.Platform} platform */
export const managersOf = (platform) => MANAGERS[platform] ?? []

/** The exact command a person types to get these tools on this system. @param {readonly Tool[]} tools @param {System} system @returns {string} */
export function installHint(tools, { platform, isRoot, manager }) {
  if (manager === undefined) return tools.map((tool) => DOWNLOADS[tool]).join('; ')
  const sudo = platform === 'linux' && !isRoot ? 'sudo ' : ''
  const packages = tools.map((tool) => PACKAGES[manager][tool])
  if (manager === 'apt-get') return `${sudo}apt-get update && ${sudo}apt-get install -y ${packages.join(' ')}`
  const oneByOne = manager === 'winget' || manager === 'brew'
  const lines = oneByOne ? packages : [packages.join(' ')]
  return lines.map((line) => `${sudo}${INSTALL[manager]} ${line}`).join(' && ')
}

/**
 * What setup runs by itself: only apt, only as root (Debian, Ubuntu and their containers). Undefined: tell the person.
 * @param {readonly Tool[]} tools
 * @param {System} system
 * @returns {string[][] | undefined} commands in order
 */
export function installCommands(tools, { isRoot, manager }) {
  if (!isRoot || manager !== 'apt-get' || tools.length === 0) return undefined
  const packages = tools.map((tool) => PACKAGES['apt-get'][tool])
  return [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', ...packages],
  ]
}
