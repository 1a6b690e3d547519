import type { MantineColorsTuple } from '@mantine/core'

// Ten steps each, even in perceived lightness (OKLCH): the same step of two scales weighs the same on screen.
// Step 8 carries white text (filled buttons), steps 0 and 1 are washes, step 4 is readable on dark surfaces.

/** Calm blue-violet: the one accent. */
export const brand: MantineColorsTuple = [
  '#f2f6ff',
  '#e4ebff',
  '#c9d6fe',
  '#aabefe',
  '#8aa3fe',
  '#708bf6',
  '#5f77e3',
  '#5168d2',
  '#465ac1',
  '#36479d',
]

export const success: MantineColorsTuple = [
  '#eef9f2',
  '#ddf1e4',
  '#bce3ca',
  '#95d1ad',
  '#6bbe90',
  '#45aa76',
  '#2b9864',
  '#128856',
  '#067a4b',
  '#00613b',
]

export const warn: MantineColorsTuple = [
  '#fbf5ea',
  '#f6ead6',
  '#ecd4b0',
  '#e1ba84',
  '#d39e55',
  '#c4852a',
  '#b37108',
  '#a1630a',
  '#925606',
  '#764304',
]

export const danger: MantineColorsTuple = [
  '#fff2f2',
  '#ffe4e2',
  '#fec8c5',
  '#ffa5a2',
  '#ff7b7a',
  '#f0595e',
  '#dc424b',
  '#ca303c',
  '#b92031',
  '#961525',
]

export const info: MantineColorsTuple = [
  '#ecf8fe',
  '#daeffb',
  '#b6def5',
  '#8bcbec',
  '#5cb5e1',
  '#2ca0d2',
  '#118dbd',
  '#0c7da8',
  '#006f97',
  '#065978',
]

/** Light theme's neutrals: paper to ink, slightly cool. */
export const gray: MantineColorsTuple = [
  '#f8f9fc',
  '#f2f4f8',
  '#e9ebf1',
  '#dddfe6',
  '#c6cad5',
  '#9498a3',
  '#6d717b',
  '#51555e',
  '#393d46',
  '#1e212a',
]

/** Dark theme's neutrals: text to deepest surface, never pure black. */
export const dark: MantineColorsTuple = [
  '#e6e8ed',
  '#cfd1d6',
  '#a4a8b0',
  '#898c94',
  '#3a3d45',
  '#2d3038',
  '#22252c',
  '#171920',
  '#121419',
  '#0d0f14',
]
