// `npm start`: from a fresh checkout to the open app. Plain Node, runs before any dependency exists.
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { fetchElectron, hasDisplay, webReason } from './setup/electron.mjs'
import { nodeProblem } from './setup/nodeVersion.mjs'
import { passThrough } from './setup/passThrough.mjs'
import { ROOT, projectEnv, projectNode } from './setup/places.mjs'
import { ownChildren } from './setup/run.mjs'
import { ensureTools } from './setup/tools.mjs'

/** @param {string} line */
const say = (line) => console.error(line)

/** @returns {Promise<string | undefined>} why the app cannot start */
async function prepare() {
  const problem = nodeProblem(process.versions.node) ?? (await ensureDependencies(say)) ?? (await ensureBuild(say))
  if (problem !== undefined) return problem
  const missing = await ensureTools(['ffmpeg'], say)
  // The app opens without FFmpeg too, and says on its own what it cannot do.
  if (missing !== undefined) say(missing)
  return undefined
}

/** @param {readonly string[]} args @param {() => void} release from here on, signals belong to the app */
async function open(args, release) {
  const reason = webReason({
    wantsWeb: args.includes('--web'),
    hasDisplay: hasDisplay(process.platform, process.env),
    isLinuxRoot: process.platform === 'linux' && process.getuid?.() === 0,
  })
  const electron = reason === undefined ? await fetchElectron(say) : undefined
  release()
  const env = projectEnv()
  if (electron !== undefined) return passThrough(electron, [ROOT, ...args], { env, lifeline: false })
  say(`Opening in the browser: ${reason ?? 'the Electron binary could not be downloaded'}.`)
  const rest = args.filter((arg) => arg !== '--web')
  return passThrough(projectNode() ?? process.execPath, [`${ROOT}/bin/dhs.js`, 'serve', ...rest], { env })
}

const release = ownChildren()
const problem = await prepare()
if (problem !== undefined) say(problem)
process.exitCode = problem === undefined ? await open(process.argv.slice(2), release) : 1
