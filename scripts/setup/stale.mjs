import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const NOT_INPUT = /\.(test|test-d)\.[jt]sx?$|(^|[/\\])README[^/\\]*$/

/** Files under the given files and folders that decide what comes out, sorted. @param {string} root @param {readonly string[]} inputs @returns {string[]} */
function inputFiles(root, inputs) {
  return inputs
    .filter((input) => existsSync(join(root, input)))
    .flatMap((input) =>
      statSync(join(root, input)).isFile()
        ? [input]
        : readdirSync(join(root, input), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
    )
    .filter((path) => !NOT_INPUT.test(path))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
}

/** One digest over names and contents: a checkout that only touches times is not stale. @param {string} root @param {readonly string[]} inputs */
export function fingerprint(root, inputs) {
  const hash = createHash('sha256')
  for (const path of inputFiles(root, inputs)) {
    const content = readFileSync(join(root, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** @param {string} stamp @param {string} current */
export function isStale(stamp, current) {
  return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== current
}

/** @param {string} stamp @param {string} current */
export function writeStamp(stamp, current) {
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, current)
}
