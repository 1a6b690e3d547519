export const PROJECT_NODE_MAJOR = 24
const OLDEST_NODE_MAJOR = 20

/** @param {string} version as in `process.versions.node` */
export const majorOf = (version) => Number.parseInt(version, 10)

/** One sentence when this Node cannot even set the project up, else undefined. @param {string} version */
export function nodeProblem(version) {
  if (majorOf(version) >= OLDEST_NODE_MAJOR) return undefined
  return `Node ${version} is too old: install Node ${OLDEST_NODE_MAJOR} or newer from https://nodejs.org and run this again.`
}
