import type { Evidence, Violation } from '../evidence.ts'
import { found } from '../violations.ts'

const INPUT_GONE: ReadonlySet<string> = new Set(['INPUT_MISSING', 'INPUT_CORRUPT', 'INPUT_FETCH_FAILED'])

/** I6: what is visible in the pool is whole and what its name says, and nothing that was promised is missing. */
export function filesAreWhole(evidence: Evidence): Violation[] {
  const { damaged } = evidence.expectations
  const violations: Violation[] = []
  const files = new Map(evidence.files.map((file) => [`${file.tenant}/${file.name}`, file]))
  for (const file of evidence.files) {
    if (file.sha256 !== file.name && !damaged.has(file.name)) {
      violations.push(found('I6', `${file.name} holds ${file.sha256}`))
    }
  }
  for (const entry of evidence.index) {
    if (damaged.has(entry.sha256)) continue
    const file = files.get(`${entry.tenant}/${entry.sha256}`)
    if (file === undefined) violations.push(found('I6', `${entry.sha256} is in the index and not on the disk`))
    else if (file.md5 !== entry.md5 || file.size !== entry.size) {
      violations.push(found('I6', `${entry.sha256} has another MD5 or size than its index says`))
    }
  }
  const indexed = new Set(evidence.index.map((entry) => `${entry.tenant}/${entry.sha256}`))
  for (const fact of evidence.pool) {
    if (!indexed.has(`${fact.tenant}/${fact.sha256}`) && !damaged.has(fact.sha256)) {
      violations.push(found('I6', `${fact.sha256} was acknowledged and is not in the pool`))
    }
  }
  return [...violations, ...inputsExist(evidence, indexed)]
}

function inputsExist(evidence: Evidence, indexed: ReadonlySet<string>): Violation[] {
  return evidence.tasks.flatMap((row) => {
    if (row.failureCode !== null && INPUT_GONE.has(row.failureCode)) return []
    const wanted = row.state === 'succeeded' && row.outputSha256 !== null ? [row.outputSha256] : []
    return [...row.inputs, ...wanted]
      .filter((sha256) => !indexed.has(`${row.tenant}/${sha256}`) && !evidence.expectations.damaged.has(sha256))
      .map((sha256) => found('I6', `${row.id} (${row.state}) refers to ${sha256}, which the pool does not have`))
  })
}

/** I7: nothing temporary or unexplained is left after recovery. */
export function nothingIsLeftOver(evidence: Evidence): Violation[] {
  const indexed = new Set(evidence.index.map((entry) => `${entry.tenant}/${entry.sha256}`))
  return [
    ...evidence.orphans.map((name) => found('I7', `${name} was left behind`)),
    ...evidence.files
      .filter((file) => !indexed.has(`${file.tenant}/${file.name}`) && !evidence.expectations.damaged.has(file.name))
      .map((file) => found('I7', `${file.name} lies in the pool without being in its index`)),
  ]
}
