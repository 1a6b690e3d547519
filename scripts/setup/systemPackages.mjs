/** `strace` is asked for on Linux only. @typedef {'ffmpeg' | 'chromium' | 'cjkFonts' | 'strace' | 'openssl'} Tool */
/** @typedef {'apt-get' | 'dnf' | 'pacman' | 'zypper' | 'apk' | 'brew' | 'winget'} Manager */

/**
 * @typedef {object} System
 * @property {NodeJS.Platform} platform
 * @property {boolean} isRoot
 * @property {Manager | undefined} manager first package manager found on PATH
 * @property {boolean} [isUbuntu] whose Chromium is a snap, not a package of apt
 */

/** @type {Record<Manager, Record<Tool, string>>} */
const PACKAGES = {
  'apt-get': {
    ffmpeg: 'ffmpeg',
    chromium: 'chromium',
    cjkFonts: 'fonts-noto-cjk fontconfig',
    strace: 'strace',
    openssl: 'openssl',
  },
  dnf: {
    ffmpeg: 'ffmpeg-free',
    chromium: 'chromium',
    cjkFonts: 'google-noto-sans-cjk-fonts',
    strace: 'strace',
    openssl: 'openssl',
  },
  pacman: { ffmpeg: 'ffmpeg', chromium: 'chromium', cjkFonts: 'noto-fonts-cjk', strace: 'strace', openssl: 'openssl' },
  zypper: {
    ffmpeg: 'ffmpeg',
    chromium: 'chromium',
    cjkFonts: 'noto-sans-sc-fonts',
    strace: 'strace',
    openssl: 'openssl',
  },
  apk: { ffmpeg: 'ffmpeg', chromium: 'chromium', cjkFonts: 'font-noto-cjk', strace: 'strace', openssl: 'openssl' },
  brew: {
    ffmpeg: 'ffmpeg',
    chromium: '--cask google-chrome',
    cjkFonts: '--cask font-noto-sans-cjk',
    strace: 'strace',
    openssl: 'openssl',
  },
  winget: {
    ffmpeg: 'Gyan.FFmpeg',
    chromium: 'Google.Chrome',
    cjkFonts: 'Google.NotoSansCJK',
    strace: 'strace',
    openssl: 'ShiningLight.OpenSSL.Light',
  },
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
  strace: 'install strace from https://strace.io',
  openssl: 'install OpenSSL from https://openssl.org',
  cjkFonts: 'install the Noto Sans CJK fonts from https://github.com/notofonts/noto-cjk',
}

/** @param {NodeJS.Platform} platform */
export const managersOf = (platform) => MANAGERS[platform] ?? []

/**
 * The exact command a person types to get these tools on this system.
 * @param {readonly Tool[]} tools
 * @param {System} system
 * @returns {string}
 */
export function installHint(tools, system) {
  const { manager } = system
  if (manager === undefined) return tools.map((tool) => DOWNLOADS[tool]).join('; ')
  const sudo = system.platform === 'linux' && !system.isRoot ? 'sudo ' : ''
  const bySnap = tools.filter((tool) => isSnap(tool, system))
  const packages = tools.filter((tool) => !bySnap.includes(tool)).map((tool) => PACKAGES[manager][tool])
  const oneByOne = manager === 'winget' || manager === 'brew'
  const lines = oneByOne || packages.length === 0 ? packages : [packages.join(' ')]
  const installs = lines.map((line) => `${sudo}${INSTALL[manager]} ${line}`)
  const first = manager === 'apt-get' && installs.length > 0 ? [`${sudo}apt-get update`] : []
  return [...first, ...installs, ...bySnap.map((tool) => `${sudo}snap install ${tool}`)].join(' && ')
}

/**
 * What setup runs by itself: only apt, only as root (Debian, Ubuntu and their containers); empty: tell the person.
 * One command per tool, so that one the distribution lacks does not keep the others away.
 * @param {readonly Tool[]} tools
 * @param {System} system
 * @returns {string[][]} commands in order
 */
export function installCommands(tools, system) {
  const byApt = tools.filter((tool) => !isSnap(tool, system))
  if (!system.isRoot || system.manager !== 'apt-get' || byApt.length === 0) return []
  return [
    ['apt-get', 'update'],
    ...byApt.map((tool) => [
      ...['apt-get', 'install', '-y', '--no-install-recommends'],
      ...PACKAGES['apt-get'][tool].split(' '),
    ]),
  ]
}

/** @param {Tool} tool @param {System} system */
const isSnap = (tool, system) => tool === 'chromium' && system.isUbuntu === true
