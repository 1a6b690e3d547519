/** What of a record can be found. Names are also found by one or two characters; ids only by three and more. */
export interface Searchable {
  readonly names: readonly string[]
  readonly ids: readonly string[]
}

/** One way to look: a trigram phrase for three characters and more, a pair token or its beginning for fewer. */
export type SearchTerm =
  { readonly index: 'trigrams'; readonly match: string } | { readonly index: 'pairs'; readonly match: string }

/** White space, and control characters: the search's own language ends a text at a NUL. */
const BETWEEN_WORDS = /[\s\p{Cc}]+/u

/** Characters that look or sound the same are found as the same: full width as half width, any case. */
function foldText(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** The text of the trigram index; a line break keeps a match from reaching over two names. */
export function trigramText(searchable: Searchable): string {
  return [...searchable.names, ...searchable.ids].map(foldText).join('\n')
}

/**
 * Every pair of neighbours as a token of hex digits, the last character with an end mark, so that each character
 * begins a token: one character is then found as the beginning of one.
 */
export function pairText(searchable: Searchable): string {
  const tokens = new Set<string>()
  for (const name of searchable.names) {
    for (const word of foldText(name).split(/\s+/)) {
      const characters = Array.from(word)
      for (const [index, left] of characters.entries()) tokens.add(pairToken(left, characters[index + 1]))
    }
  }
  return [...tokens].join(' ')
}

/** The terms of a person's query; all must hold. Empty when there is nothing to look for. */
export function searchTerms(query: string): SearchTerm[] {
  return foldText(query)
    .split(BETWEEN_WORDS)
    .filter((word) => word !== '')
    .map(toTerm)
}

function toTerm(word: string): SearchTerm {
  const [left, right, third] = Array.from(word)
  if (third !== undefined) return { index: 'trigrams', match: `"${word.replaceAll('"', '""')}"` }
  if (right !== undefined) return { index: 'pairs', match: `"${pairToken(left ?? '', right)}"` }
  return { index: 'pairs', match: `"${hex(left ?? '')}"*` }
}

function pairToken(left: string, right: string | undefined): string {
  return hex(left) + (right === undefined ? 'e' : hex(right))
}

/** Closed by a letter that is no hex digit, so that the beginning of a token is always a whole character. */
function hex(character: string): string {
  return `${(character.codePointAt(0) ?? 0).toString(16)}x`
}
