import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What the fuse tool looks for in an Electron executable; then come a version, a length and one letter a fuse. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const FUSES = [
  'runAsNode',
  'enableCookieEncryption',
  'enableNodeOptionsEnvironmentVariable',
  'enableNodeCliInspectArguments',
  'enableEmbeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
] as const
/** Every fuse on the wrong side, so that one which the packaging forgets is seen. */
const WRONG_WIRE = '10110011'

/** A folder laid out like Electron's for Linux, whose executable only holds the fuses: nothing is downloaded. */
export async function writeStubElectron(dir: string): Promise<void> {
  await mkdir(join(dir, 'locales'), { recursive: true })
  await mkdir(join(dir, 'resources'))
  const wire = Buffer.concat([Buffer.from(SENTINEL), Buffer.from([1, FUSES.length]), Buffer.from(WRONG_WIRE)])
  await writeFile(join(dir, 'electron'), Buffer.concat([Buffer.from('#!/bin/sh\nexit 1\n'), wire]), { mode: 0o755 })
  await writeFile(join(dir, 'LICENSE'), 'stub')
  for (const locale of ['de', 'en-US', 'fr', 'zh-CN']) await writeFile(join(dir, 'locales', `${locale}.pak`), '')
}

/** The fuses of an executable by the names of electron-builder; throws when it has none. */
export function fusesOf(executable: Buffer): Record<string, boolean> {
  const start = executable.indexOf(SENTINEL)
  if (start === -1) throw new Error('the executable has no fuses')
  const wireStart = start + SENTINEL.length + 2
  return Object.fromEntries(FUSES.map((name, index) => [name, executable[wireStart + index] === '1'.charCodeAt(0)]))
}
