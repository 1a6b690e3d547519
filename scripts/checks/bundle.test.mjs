import { describe, expect, it } from 'vitest'
import { faultPointProblems, firstRouteFiles, preloadProblems, specifiersOf, utilityProblems } from './bundle.mjs'

/** @param {Record<string, string>} files */
const reader = (files) => (/** @type {string} */ path) => files[path]

describe('utilityProblems', () => {
  it('passes a program of its own chunks', () => {
    const read = reader({ 'gateway.js': 'import{a}from"./chunks/a.js";', 'chunks/a.js': 'import x from"node:fs"' })
    expect(utilityProblems('gateway.js', read)).toEqual([])
  })

  it('finds the main chunk and electron behind other chunks', () => {
    const read = reader({
      'gateway.js': 'import{a}from"./chunks/a.js";',
      'chunks/a.js': 'import"../index.js"',
      'index.js': 'import{app}from"electron"',
    })
    expect(utilityProblems('gateway.js', read)).toEqual([
      'gateway.js pulls in the main process chunk index.js',
      'gateway.js requires electron',
    ])
  })

  it('refuses a build without the entry', () => {
    expect(() => utilityProblems('gateway.js', reader({}))).toThrow('gateway.js is missing from the bundle')
  })
})

describe('specifiersOf', () => {
  it('reads every spelling the minifier writes', () => {
    const code = 'import a from"a";import"b";export{c}from\'c\';await import(`./d.js`);require("e")'
    expect(specifiersOf(code)).toEqual(['a', 'b', 'c', './d.js', 'e'])
  })
})

describe('preloadProblems', () => {
  it('allows electron and refuses Node and zod', () => {
    expect(preloadProblems('require("electron")')).toEqual([])
    expect(preloadProblems('require("node:fs");class ZodError{}')).toHaveLength(2)
  })
})

describe('firstRouteFiles', () => {
  it('adds the entry, the first page and what they import, but no other page', () => {
    const manifest = {
      'index.html': {
        file: 'index.js',
        isEntry: true,
        imports: ['_vendor.js'],
        dynamicImports: ['pages/compose/P.tsx'],
      },
      'pages/compose/P.tsx': { file: 'compose.js', imports: ['index.html', '_form.js'] },
      'pages/history/P.tsx': { file: 'history.js' },
      '_vendor.js': { file: 'vendor.js' },
      '_form.js': { file: 'form.js' },
      'style.css': { file: 'style.css' },
    }
    expect(firstRouteFiles(manifest, /pages\/compose\//).sort()).toEqual([
      'compose.js',
      'form.js',
      'index.js',
      'vendor.js',
    ])
  })
})

describe('faultPointProblems', () => {
  const source =
    "export const FAULT_POINTS = [\n  // submit\n  'submit.after_commit',\n  'worker.mid_run',\n] as const\n"

  it('names each one that is left in a chunk', () => {
    expect(faultPointProblems(source, [['a.js', 'x(`worker.mid_run`)']])).toEqual([
      'a.js holds the fault point worker.mid_run',
    ])
    expect(faultPointProblems(source, [['a.js', 'x(1)']])).toEqual([])
  })

  it('notices when it would look for nothing', () => {
    expect(faultPointProblems('export const FAULT_POINTS = []', [])).toHaveLength(1)
  })
})
