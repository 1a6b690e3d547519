// node bench/run.ts [p1 p3 …] [--quick]: runs the rows one after the other and writes their tables into README.md.
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { RowReport } from './report/row.ts'
import { replaceSection, toMarkdown } from './report/table.ts'

const ROWS: Readonly<Record<string, string>> = {
  p1: 'p1Hash.ts',
  p3: 'p3Pool.ts',
  p4: 'p4Start.ts',
  p5: 'p5Submit.ts',
  p6: 'p6Claim.ts',
  p7: 'p7FanOut.ts',
  p8: 'p8Preview.ts',
  p11: 'p11Gateway.ts',
  p12: 'p12Memory.ts',
}
const README = fileURLToPath(new URL('README.md', import.meta.url))

const args = process.argv.slice(2)
const isQuick = args.includes('--quick')
const wanted = args.filter((arg) => !arg.startsWith('--')).map((arg) => arg.toLowerCase())
const unknown = args.filter((arg) => arg !== '--quick' && ROWS[arg.toLowerCase()] === undefined)
if (unknown.length > 0) {
  process.stderr.write(`bench: no such row or option: ${unknown.join(' ')}\n`)
  process.stderr.write(`Usage: npm run bench [-- [${Object.keys(ROWS).join('|')}]… [--quick]]\n`)
  process.exit(2)
}

let areBarsMet = true
for (const name of wanted.length > 0 ? wanted : Object.keys(ROWS)) {
  const text = await runRow(ROWS[name] ?? '')
  const report = JSON.parse(text) as RowReport
  const table = toMarkdown(report)
  process.stdout.write(`${text}\n${report.row}: ${report.title}\n\n${table}\n\n`)
  areBarsMet &&= report.figures.every((figure) => figure.bar?.isMet !== false)
  // A quick run says whether something broke, not how fast it is.
  if (!isQuick) await writeFile(README, replaceSection(await readFile(README, 'utf8'), report.row, table))
}
process.stdout.write(areBarsMet ? 'every bar is met\n' : 'a bar is not met; bench/README.md says why\n')

/** In a process of its own, so that no row finds memory or threads that another one left behind. */
function runRow(file: string): Promise<string> {
  const script = fileURLToPath(new URL(file, import.meta.url))
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...(isQuick ? ['--quick'] : [])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve(out)
      else reject(new Error(`${file} ended with ${signal ?? String(code)}`))
    })
  })
}
