import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { errorEntry, isErrorCode } from '../../src/protocol/errors/index.ts'

const SRC = resolve('src')

/** Blanks that the thrower cannot know: who catches it fills them, before a person reads the sentence. */
const FILLED_BY_CALLER: readonly (readonly [folder: string, blanks: readonly string[], by: string])[] = [
  ['shared/node/media/', ['file', 'limit'], 'aboutFile of the studio, probeInputs of the worker'],
  ['shared/node/ffmpeg/', ['file'], 'aboutFile of the studio, recordMachine of the studio'],
  ['client/pool/', ['host', 'offset'], 'withHost of the studio; offsets are retried, never shown'],
]

const blanksOf = (code: string): string[] => {
  const { en, zh } = errorEntry(code)
  return [...new Set([...`${en.join()} ${zh.join()}`.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))]
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) && !name.startsWith('renderer'))
    .map((name) => join(SRC, name))
}

interface Thrown {
  readonly place: string
  readonly code: string
  readonly given: readonly string[]
}

/** Every `new AppError` whose code the compiler knows, with the names its data has for sure. */
function thrownErrors(): Thrown[] {
  const files = sourceFiles()
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  }
  const program = ts.createProgram(files, options)
  const checker = program.getTypeChecker()
  const found: Thrown[] = []
  for (const path of files) {
    const source = program.getSourceFile(path)
    if (source === undefined) continue
    const visit = (node: ts.Node): void => {
      if (ts.isNewExpression(node) && node.expression.getText(source) === 'AppError') {
        const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
        const place = `${path.slice(SRC.length + 1)}:${String(line)}`
        const given = dataNames(checker, node.arguments?.[1])
        for (const code of codesOf(checker, node.arguments?.[0])) found.push({ place, code, given })
      }
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return found
}

/** A variable that may be any code of the catalogue tells nothing. */
function codesOf(checker: ts.TypeChecker, argument: ts.Expression | undefined): string[] {
  if (argument === undefined) return []
  const type = checker.getTypeAtLocation(argument)
  const members = type.isUnion() ? type.types : [type]
  const codes = members.flatMap((member) => (member.isStringLiteral() ? [member.value] : []))
  return codes.length > 5 ? [] : codes
}

function dataNames(checker: ts.TypeChecker, options: ts.Expression | undefined): string[] {
  const data = options === undefined ? undefined : checker.getTypeAtLocation(options).getProperty('data')
  if (data === undefined || options === undefined) return []
  return checker
    .getTypeOfSymbolAtLocation(data, options)
    .getProperties()
    .filter((property) => (property.flags & ts.SymbolFlags.Optional) === 0)
    .map((property) => property.name)
}

describe('the blanks of error sentences', () => {
  const thrown = thrownErrors()

  it('finds the errors of the product', () => {
    expect(thrown.length).toBeGreaterThan(100)
    expect(thrown.find(({ code }) => code === 'PORT_IN_USE')?.given).toContain('port')
    expect(thrown.filter(({ code }) => !isErrorCode(code))).toEqual([])
  })

  it('are all filled where the error is made', () => {
    const missing = thrown.flatMap(({ place, code, given }) => {
      const excused = FILLED_BY_CALLER.find(([folder]) => place.startsWith(folder))?.[1] ?? []
      // The doors add the id of the request themselves.
      const blanks = blanksOf(code).filter((blank) => blank !== 'request_id' && !excused.includes(blank))
      return blanks.filter((blank) => !given.includes(blank)).map((blank) => `${place} ${code} {${blank}}`)
    })
    expect(missing).toEqual([])
  })

  it('are never filled with a whole path', () => {
    const paths = thrown.filter(({ given }) => given.includes('path')).map(({ place, code }) => `${place} ${code}`)
    expect(paths).toEqual([])
  })
})
