import { DEFAULT_THEME, mergeMantineTheme } from '@mantine/core'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cssVariables } from './cssVariables.ts'
import { theme } from './theme.ts'

const resolved = cssVariables(mergeMantineTheme(DEFAULT_THEME, theme))
const defined = new Set([...Object.keys(resolved.variables), ...Object.keys(resolved.light)])

test('light and dark define the same variables', () => {
  expect(Object.keys(resolved.dark)).toEqual(Object.keys(resolved.light))
})

test('every --dhs variable the style sheets use is defined', () => {
  const used = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.css'))
    .flatMap((file) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8').match(/--dhs-[a-z0-9-]+/g) ?? [])
  expect(used.length).toBeGreaterThan(50)
  expect(used.filter((name) => !defined.has(name) && name !== '--dhs-marks')).toEqual([])
})

test('names follow the token names', () => {
  expect(resolved.light).toMatchObject({ '--dhs-surface-1': '#f4f5f8', '--dhs-text-dim': '#525866' })
})
