// `npm run build:server`: one archive with everything a server needs, beside Node itself. `--out DIR` says where to.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import packageJson from '../../package.json' with { type: 'json' }
import { NOTICES_FILE } from '../vite/notices.ts'
import { bundleServer } from './bundle.ts'
import { archiveFiles } from './layout.ts'
import { tarGz } from './tar.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const NAME = `digital-human-studio-server-${packageJson.version}`

async function build(outDir: string): Promise<string> {
  if (!existsSync(join(ROOT, 'out/renderer', NOTICES_FILE))) throw new Error('the page is not built: npm run build')
  mkdirSync(outDir, { recursive: true })
  const work = mkdtempSync(join(outDir, '.bundle-'))
  try {
    await bundleServer(ROOT, work)
    const files = archiveFiles(ROOT, work).map((file) => ({ ...file, path: `${NAME}/${file.path}` }))
    const archive = join(outDir, `${NAME}.tgz`)
    writeFileSync(archive, tarGz(files))
    const digest = createHash('sha256').update(readFileSync(archive)).digest('hex')
    writeFileSync(`${archive}.sha256`, `${digest}  ${NAME}.tgz\n`)
    return archive
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const { values } = parseArgs({ options: { out: { type: 'string' } } })
console.log(await build(resolve(values.out ?? join(ROOT, 'dist/server'))))
