import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { threadScripts } from '../../../scripts/vite/threadScripts.ts'

const ENTRIES = ['gateway', 'worker', 'studio'] as const

export type EntryName = (typeof ENTRIES)[number]

const CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache/faults')
/** What reads files beside itself cannot be bundled, as in the product's own bundles. */
const EXTERNAL = [/^node:/, 'electron', '@fastify/swagger-ui', 'ffmpeg-static']

let bundleDir: string | undefined

/** Where a child's script is: the bundle once there is one, else the sources. */
export function entryPath(name: EntryName): string {
  const file = `${name}Entry`
  return bundleDir === undefined ? join(import.meta.dirname, `${file}.ts`) : join(bundleDir, `${file}.js`)
}

/**
 * Bundles the children's scripts with all fault points in them: they start in a third of the time, and what others
 * change in the sources meanwhile does not change the trials.
 */
export async function bundleEntries(): Promise<void> {
  if (bundleDir !== undefined) return
  mkdirSync(CACHE, { recursive: true })
  const outDir = mkdtempSync(join(CACHE, 'bundle-'))
  process.once('exit', () => {
    rmSync(outDir, { recursive: true, force: true })
  })
  const input = Object.fromEntries(
    ENTRIES.map((name) => [`${name}Entry`, join(import.meta.dirname, `${name}Entry.ts`)]),
  )
  await build({
    configFile: false,
    logLevel: 'error',
    plugins: [threadScripts()],
    ssr: { noExternal: true },
    build: {
      ...{ outDir, ssr: true, target: 'node24', minify: false, emptyOutDir: false },
      rolldownOptions: {
        input,
        external: EXTERNAL,
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  })
  bundleDir = outDir
}
