export type StrictJsonProblem = 'invalid' | 'too_deep' | 'duplicate_key' | 'forbidden_key' | 'not_well_formed'

export type StrictJsonResult =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: StrictJsonProblem }

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * JSON.parse that also refuses what it lets through: duplicate keys (it keeps the last), keys that reach a
 * prototype, lone surrogates, and nesting deeper than `maxDepth` (it accepts 200,000 levels).
 */
export function parseStrictJson(text: string, maxDepth = 32): StrictJsonResult {
  if (!text.isWellFormed()) return { ok: false, problem: 'not_well_formed' }
  // The depth goes first: JSON.parse itself is recursive on some engines.
  if (exceedsDepth(text, maxDepth)) return { ok: false, problem: 'too_deep' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, problem: 'invalid' }
  }
  const problem = findKeyProblem(text)
  return problem === undefined ? { ok: true, value } : { ok: false, problem }
}

function exceedsDepth(text: string, maxDepth: number): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '"') i = endOfString(text, i)
    else if (char === '{' || char === '[') {
      depth++
      if (depth > maxDepth) return true
    } else if (char === '}' || char === ']') depth--
  }
  return false
}

/** Walks text already known to be valid JSON; a string followed by a colon is a key of the innermost object. */
function findKeyProblem(text: string): StrictJsonProblem | undefined {
  const scopes: (Set<string> | undefined)[] = []
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '{') scopes.push(new Set())
    else if (char === '[') scopes.push(undefined)
    else if (char === '}' || char === ']') scopes.pop()
    else if (char === '"') {
      const end = endOfString(text, i)
      if (isFollowedByColon(text, end)) {
        const problem = addKey(scopes.at(-1), text.slice(i, end + 1))
        if (problem !== undefined) return problem
      }
      i = end
    }
  }
  return undefined
}

function addKey(scope: Set<string> | undefined, literal: string): StrictJsonProblem | undefined {
  // Decoded, because "a" spells the same key as "a".
  const key = String(JSON.parse(literal))
  if (FORBIDDEN_KEYS.has(key)) return 'forbidden_key'
  if (scope?.has(key)) return 'duplicate_key'
  scope?.add(key)
  return undefined
}

function endOfString(text: string, start: number): number {
  let i = start + 1
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i
}

function isFollowedByColon(text: string, end: number): boolean {
  let i = end + 1
  while (/\s/.test(text.charAt(i))) i++
  return text[i] === ':'
}
