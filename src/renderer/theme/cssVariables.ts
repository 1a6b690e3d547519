import type { CSSVariablesResolver } from '@mantine/core'
import { darkTokens, lightTokens, tokenVariables } from './tokens.ts'
import type { ColorTokens } from './tokens.ts'

/** Our tones, and the names under which Mantine's own parts ask for them. */
const tones = [
  ['success', 'success'],
  ['green', 'success'],
  ['warn', 'warn'],
  ['yellow', 'warn'],
  ['danger', 'danger'],
  ['red', 'danger'],
  ['info', 'info'],
] as const

/** Mantine's own semantic variables, told in our tokens, so that a component nobody styled still belongs. */
function mantineVariables(tokens: ColorTokens): Record<string, string> {
  const variables: Record<string, string> = {
    '--mantine-color-body': tokens.surface1,
    '--mantine-color-text': tokens.text,
    '--mantine-color-bright': tokens.text,
    '--mantine-color-dimmed': tokens.textDim,
    '--mantine-color-placeholder': tokens.textFaint,
    '--mantine-color-anchor': tokens.accentText,
    '--mantine-color-error': tokens.dangerText,
    '--mantine-color-success': tokens.successText,
    '--mantine-color-default': tokens.surface2,
    '--mantine-color-default-hover': tokens.hover,
    '--mantine-color-default-color': tokens.text,
    '--mantine-color-default-border': tokens.borderStrong,
    '--mantine-color-disabled': tokens.hover,
    '--mantine-color-disabled-color': tokens.textFaint,
    '--mantine-color-disabled-border': tokens.border,
    '--mantine-color-brand-text': tokens.accentText,
    '--mantine-color-brand-light': tokens.accentBg,
    '--mantine-color-brand-light-hover': `color-mix(in oklab, ${tokens.accentBg}, ${tokens.accent} 14%)`,
    '--mantine-color-brand-light-color': tokens.accentText,
    '--mantine-color-brand-outline': tokens.accentText,
    '--mantine-color-gray-light': tokens.fill,
    '--mantine-color-gray-light-hover': tokens.hover,
    '--mantine-color-gray-light-color': tokens.textDim,
    '--mantine-color-gray-text': tokens.textDim,
  }
  for (const [name, tone] of tones) {
    variables[`--mantine-color-${name}-text`] = tokens[`${tone}Text`]
    variables[`--mantine-color-${name}-light`] = tokens[`${tone}Bg`]
    variables[`--mantine-color-${name}-light-hover`] =
      `color-mix(in oklab, ${tokens[`${tone}Bg`]}, ${tokens[tone]} 14%)`
    variables[`--mantine-color-${name}-light-color`] = tokens[`${tone}Text`]
    variables[`--mantine-color-${name}-outline`] = tokens[`${tone}Text`]
  }
  return variables
}

const shadows = (alpha: number) => ({
  '--dhs-shadow-card': `0 1px 2px rgb(14 18 30 / ${String(alpha)})`,
  '--dhs-shadow-float': `0 0 0 1px var(--dhs-border), 0 4px 12px rgb(14 18 30 / ${String(alpha * 1.6)}), 0 16px 40px rgb(14 18 30 / ${String(alpha * 2)})`,
})

/** For `<MantineProvider cssVariablesResolver>`: our tokens, and Mantine's variables told in them, per colour scheme. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--dhs-ease': 'cubic-bezier(0.2, 0, 0, 1)',
    '--dhs-quick': '120ms',
    '--dhs-control-height': '1.875rem',
  },
  light: { ...tokenVariables(lightTokens), ...mantineVariables(lightTokens), ...shadows(0.06) },
  dark: { ...tokenVariables(darkTokens), ...mantineVariables(darkTokens), ...shadows(0.25) },
})
