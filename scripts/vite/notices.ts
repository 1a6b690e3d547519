import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

export const NOTICES_FILE = 'THIRD_PARTY_NOTICES.txt'

const RULE = '-'.repeat(80)
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i

interface PackageJson {
  readonly name?: string
  readonly version?: string
  readonly license?: string | { readonly type?: string }
  readonly licenses?: readonly { readonly type?: string }[]
  readonly dependencies?: Readonly<Record<string, string>>
}

/**
 * Writes the licences of every package a build takes in beside its code, so that they travel with it.
 * `besides`: packages that are not bundled but shipped, with what they need.
 */
export function notices({
  root,
  besides = [],
}: {
  readonly root: string
  readonly besides?: readonly string[]
}): Plugin {
  return {
    name: 'dhs-notices',
    apply: 'build',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []))
      const folders = new Set(modules.map(packageFolderOf).filter((folder) => folder !== undefined))
      for (const name of besides) for (const folder of closureOf(root, name)) folders.add(folder)
      this.emitFile({ type: 'asset', fileName: NOTICES_FILE, source: noticesText([...folders].map(noticeOf)) })
    },
  }
}

/** A file of notices: one block per package, each once, in the order of their names. */
export function noticesText(blocks: readonly string[]): string {
  const sorted = [...new Set(blocks)].sort((a, b) => (a < b ? -1 : 1))
  return [HEADER, ...sorted].join(`\n${RULE}\n\n`)
}

/** The blocks of a file that `noticesText` made. */
export function noticesOf(text: string): readonly string[] {
  return text.split(`\n${RULE}\n\n`).slice(1)
}

const HEADER = 'Digital Human Studio contains the following third-party software.\n'

/** The folder of a shipped package and of all it depends on; none where an optional one is not installed. */
export function closureOf(root: string, name: string): readonly string[] {
  const found = new Set<string>()
  const visit = (wanted: string, from: string): void => {
    const folder = resolvePackage(wanted, from, root)
    if (folder === undefined || found.has(folder)) return
    found.add(folder)
    for (const next of Object.keys(readPackage(folder).dependencies ?? {})) visit(next, folder)
  }
  visit(name, root)
  return [...found]
}

/** As Node looks for it: in the nearest node_modules upwards. */
function resolvePackage(name: string, from: string, root: string): string | undefined {
  for (let at = from; at.startsWith(root); at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (at === root) return undefined
  }
  return undefined
}

function noticeOf(folder: string): string {
  const { name = '', version = '', license, licenses } = readPackage(folder)
  const kind = typeof license === 'string' ? license : (license?.type ?? licenses?.map(({ type }) => type).join(' or '))
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim())
  return [`${name} ${version} (${kind ?? 'licence not named'})`, ...texts, ''].join('\n\n')
}

function readPackage(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson
}

/** Of a module inside a package; virtual modules and our own sources have none. */
function packageFolderOf(moduleId: string): string | undefined {
  const path = moduleId.replace(/^\0/, '').replace(/\?.*$/, '')
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path.replaceAll('\\', '/'))?.[1]
}
