import { describe, expect, test } from 'vitest'
import { contrastRatio } from './contrast.ts'
import { brand, danger, info, success, warn } from './palettes.ts'
import { darkTokens, lightTokens } from './tokens.ts'
import type { ColorTokens } from './tokens.ts'

type Pair = readonly [front: keyof ColorTokens, back: keyof ColorTokens]

const surfaces = ['surface1', 'surface2', 'surface3', 'hover'] as const
const tones = ['accent', 'success', 'warn', 'danger', 'info'] as const

const textPairs: readonly Pair[] = [
  ...(['text', 'textDim', 'textFaint'] as const).flatMap((front) => surfaces.map((back): Pair => [front, back])),
  ...(['text', 'textDim'] as const).flatMap((front) => [
    [front, 'fill'] as const,
    ...tones.map((tone): Pair => [front, `${tone}Bg`]),
  ]),
  ...tones.flatMap((tone) => [...surfaces, `${tone}Bg` as const].map((back): Pair => [`${tone}Text`, back])),
]

/** Dots, progress and focus rings: seen against what they lie on. */
const graphicPairs: readonly Pair[] = [
  ...tones.flatMap((tone) => (['surface1', 'surface2', 'surface3'] as const).map((back): Pair => [tone, back])),
  ...surfaces.map((back): Pair => ['focusRing', back]),
]

const tooWeak = (tokens: ColorTokens, pairs: readonly Pair[], least: number) =>
  pairs
    .map(([front, back]) => ({ pair: `${front} on ${back}`, ratio: contrastRatio(tokens[front], tokens[back]) }))
    .filter(({ ratio }) => ratio < least)

test('contrastRatio agrees with the published extremes and a known pair', () => {
  expect(contrastRatio('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrastRatio('#abcdef', '#abcdef')).toBe(1)
  expect(contrastRatio('#ffffff', '#767676')).toBeCloseTo(4.54, 2)
  expect(() => contrastRatio('white', '#000000')).toThrow(TypeError)
})

describe.each([
  ['light', lightTokens],
  ['dark', darkTokens],
] as const)('%s theme', (...[, tokens]) => {
  test('text meets WCAG AA (4.5) on everything it may lie on', () => {
    expect(tooWeak(tokens, textPairs, 4.5)).toEqual([])
  })

  test('tones and the focus ring meet 3.0 on every surface', () => {
    expect(tooWeak(tokens, graphicPairs, 3)).toEqual([])
  })
})

test('white text on filled parts (steps 8 and 9) meets WCAG AA', () => {
  const ratios = [brand, success, warn, danger, info].flatMap((scale) => [
    contrastRatio('#ffffff', scale[8]),
    contrastRatio('#ffffff', scale[9]),
  ])
  expect(ratios.filter((ratio) => ratio < 4.5)).toEqual([])
})
