import { brand, danger, info, success, warn } from './palettes.ts'

/** What a colour is for. Pages use these names (as `var(--dhs-…)`), never a shade. README.md says when to use which. */
export interface ColorTokens {
  readonly surface1: string
  readonly surface2: string
  readonly surface3: string
  readonly hover: string
  readonly fill: string
  readonly border: string
  readonly borderStrong: string
  readonly text: string
  readonly textDim: string
  readonly textFaint: string
  readonly accent: string
  readonly accentText: string
  readonly accentBg: string
  readonly focusRing: string
  readonly success: string
  readonly successText: string
  readonly successBg: string
  readonly warn: string
  readonly warnText: string
  readonly warnBg: string
  readonly danger: string
  readonly dangerText: string
  readonly dangerBg: string
  readonly info: string
  readonly infoText: string
  readonly infoBg: string
}

export const lightTokens: ColorTokens = {
  surface1: '#f4f5f8',
  surface2: '#ffffff',
  surface3: '#ffffff',
  hover: '#eceef3',
  fill: '#e3e6ed',
  border: '#e0e3ea',
  borderStrong: '#c3c8d4',
  text: '#1c1f27',
  textDim: '#525866',
  textFaint: '#636978',
  accent: brand[8],
  accentText: brand[8],
  accentBg: '#e9eeff',
  focusRing: brand[6],
  success: success[6],
  successText: '#05693f',
  successBg: '#e3f4ea',
  warn: warn[6],
  warnText: '#7c4a05',
  warnBg: '#f9efdc',
  danger: danger[6],
  dangerText: '#a81b2b',
  dangerBg: '#ffebe9',
  info: info[6],
  infoText: '#066284',
  infoBg: '#e2f3fc',
}

export const darkTokens: ColorTokens = {
  surface1: '#121419',
  surface2: '#191c22',
  surface3: '#22262e',
  hover: '#262a33',
  fill: '#2e333d',
  border: '#2a2e37',
  borderStrong: '#424855',
  text: '#e6e8ed',
  textDim: '#a9aebb',
  textFaint: '#979daa',
  accent: brand[6],
  accentText: '#a3b7ff',
  accentBg: '#252c49',
  focusRing: brand[4],
  success: success[5],
  successText: '#74cb9a',
  successBg: '#17302a',
  warn: warn[4],
  warnText: '#e2b26f',
  warnBg: '#352a1b',
  danger: danger[5],
  dangerText: '#ff9a97',
  dangerBg: '#3d2329',
  info: info[5],
  infoText: '#74c3ea',
  infoBg: '#16303d',
}

const dashed = (name: string) => name.replace(/[A-Z0-9]/g, (mark) => `-${mark.toLowerCase()}`)

/** The tokens as CSS variables: `textDim` → `--dhs-text-dim`, `surface1` → `--dhs-surface-1`. */
export const tokenVariables = (tokens: ColorTokens): Record<string, string> =>
  Object.fromEntries(Object.entries(tokens).map(([name, value]: [string, string]) => [`--dhs-${dashed(name)}`, value]))
