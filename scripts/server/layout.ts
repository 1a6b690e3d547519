import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { closureOf, NOTICES_FILE, noticesOf, noticesText } from '../vite/notices.ts'
import { SHIPPED_PACKAGES } from './shipped.ts'
import type { ArchiveFile } from './tar.ts'

/** Of a shipped package: only what runs, and its licence. */
const NOT_SHIPPED =
  /^(?:\.[^/]*|benchmarks?|docs?|e2e|examples?|scripts|tests?)\/|\.(?:map|[cm]?ts|md)$|(?:^|\/)(?:\.[^/]*|eslint\.config\.js|playwright\.config\.js|tsconfig\.json)$/
const BUNDLE = 'lib/server'
const PAGE = 'out/renderer'

/**
 * What lies in the archive. `bundle`: the folder the bundler wrote. The page must have been built.
 * The bundle lies two levels below the root, as `src/cli` does: it finds the page and the resources the same way.
 */
export function archiveFiles(root: string, bundle: string): readonly ArchiveFile[] {
  const files = [
    ...tree(bundle, BUNDLE).filter(({ path }) => !path.endsWith(NOTICES_FILE)),
    text(`${BUNDLE}/package.json`, '{ "type": "module" }\n'),
    ...tree(join(root, PAGE), PAGE).filter(({ path }) => !path.endsWith(NOTICES_FILE)),
    ...tree(join(root, 'resources/samples'), 'resources/samples'),
    ...tree(join(root, 'resources/server'), ''),
    ...tree(join(root, 'docs'), 'docs').filter(({ path }) => /^docs\/(?:operations|protocol)\.md$/.test(path)),
    ...shippedPackages(root),
    text(NOTICES_FILE, mergedNotices(root, bundle)),
  ].map((file) => (file.path.startsWith('bin/') ? { ...file, mode: 0o755 } : file))
  return [...files, text('SHA256SUMS', sums(files))]
}

function shippedPackages(root: string): readonly ArchiveFile[] {
  const folders = SHIPPED_PACKAGES.flatMap((name) => closureOf(root, name))
  return folders.flatMap((folder) =>
    tree(folder, posix(relative(root, folder)), (path) => NOT_SHIPPED.test(path) || path.startsWith('node_modules/')),
  )
}

/** Every file below `folder`, as `prefix/…`. */
function tree(folder: string, prefix: string, isLeftOut: (path: string) => boolean = () => false): ArchiveFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix(relative(folder, join(entry.parentPath, entry.name))))
    .filter((path) => !isLeftOut(path))
    .map((path) => ({
      path: prefix === '' ? path : `${prefix}/${path}`,
      mode: 0o644,
      content: readFileSync(join(folder, path)),
    }))
}

function mergedNotices(root: string, bundle: string): string {
  const parts = [bundle, join(root, PAGE)].map((folder) => readFileSync(join(folder, NOTICES_FILE), 'utf8'))
  return noticesText(parts.flatMap(noticesOf))
}

/** As `sha256sum -c` reads it. */
function sums(files: readonly ArchiveFile[]): string {
  const lines = files.map(({ path, content }) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`)
  return lines.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join('')
}

function text(path: string, content: string): ArchiveFile {
  return { path, mode: 0o644, content: Buffer.from(content) }
}

function posix(path: string): string {
  return path.split(sep).join('/')
}
