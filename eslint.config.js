import { builtinModules } from 'node:module'
import tseslint from 'typescript-eslint'

const BUILTINS = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)].filter(
  (name) => !name.startsWith('_'),
)
const DOM_PACKAGES = [
  'react',
  'react-dom',
  'react-dom/*',
  '@mantine/*',
  '@tabler/*',
  '@tanstack/*',
  'react-i18next',
  'zustand',
  'wavesurfer.js',
]

/** One entry per glob holds every import ban of that glob: flat config replaces a rule, it does not merge. */
const ban = (groups) => ({
  'no-restricted-imports': [
    'error',
    { patterns: groups.map(({ names, message }) => ({ regex: toRegex(names), message })) },
  ],
})
const toRegex = (names) =>
  `^(?:${names.map((name) => name.replaceAll(/[.+?^$()[\]{}|]/g, String.raw`\$&`).replaceAll('*', '.*')).join('|')})$`

const noNode = {
  names: [...BUILTINS, 'node:*'],
  message: 'This layer runs without Node: take the side effect through deps.',
}
const noElectron = { names: ['electron', 'electron/*'], message: 'Electron is only for src/main and src/preload.' }
const noDom = { names: DOM_PACKAGES, message: 'Packages of the page are only for src/renderer.' }
const bareBuiltins = { names: BUILTINS.filter((n) => !n.startsWith('node:')), message: 'Write the node: prefix.' }

const SYNTAX = [
  { selector: 'ExportAllDeclaration[exported=null]', message: 'Export by name: no `export *`.' },
  { selector: 'TSEnumDeclaration', message: 'Use an `as const` map instead of an enum.' },
  {
    selector:
      ':matches(ImportDeclaration, ExportNamedDeclaration)[source.value=/^\\.{1,2}\\u002F(?!.*\\.(ts|tsx|js|mjs|json|css|svg|png)(\\?.*)?$)/]',
    message: 'Relative imports carry the file extension, so that Node runs the sources directly.',
  },
]
const NO_DEFAULT = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }
const INDEX_ONLY = {
  selector: 'Program > :not(ExportNamedDeclaration, ImportDeclaration)',
  message: 'A folder index re-exports by name and holds no logic.',
}
const INDEX_NO_LOGIC = {
  selector: 'Program > ExportNamedDeclaration > :matches(FunctionDeclaration, ClassDeclaration, VariableDeclaration)',
  message: 'A folder index re-exports by name and holds no logic.',
}
const NO_SLEEP = {
  selector: 'NewExpression[callee.name="Promise"] CallExpression[callee.name="setTimeout"]',
  message: 'No sleeps in tests: wait on a state (vi.waitFor, an event) instead.',
}

export default tseslint.config(
  { ignores: ['node_modules/', 'out/', 'dist/', 'coverage/', 'test-results/', 'playwright-report/', 'resources/'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{js,mjs,cjs,ts,tsx}'],
    extends: [tseslint.configs.base],
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
      'no-self-compare': 'error',
      'no-unreachable-loop': 'error',
      'no-constant-binary-expression': 'error',
      'no-unsafe-finally': 'error',
      'no-empty': 'error',
      'max-lines': ['error', { max: 500 }],
      'max-lines-per-function': ['error', { max: 80 }],
      'no-restricted-syntax': ['error', ...SYNTAX],
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          './tsconfig.node.json',
          './tsconfig.pure.json',
          './tsconfig.webtest.json',
          './tsconfig.e2e.json',
          './tsconfig.main.json',
          './tsconfig.preload.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // `async` is a promise in a type: what it throws rejects, also where nothing is awaited yet.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { args: 'after-used', ignoreRestSiblings: true }],
      'no-restricted-syntax': ['error', ...SYNTAX, NO_DEFAULT],
    },
  },
  { files: ['src/**/*.{ts,tsx}'], rules: { 'no-console': 'error' } },
  {
    files: ['src/**/index.ts'],
    ignores: ['src/{main,preload,cli,web,renderer}/index.ts'],
    rules: { 'no-restricted-syntax': ['error', ...SYNTAX, NO_DEFAULT, INDEX_ONLY, INDEX_NO_LOGIC] },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'e2e/**/*.ts'],
    rules: {
      // A suite is one long function by nature; the hard stop for the file still holds.
      'max-lines-per-function': 'off',
      'no-restricted-syntax': ['error', ...SYNTAX, NO_DEFAULT, NO_SLEEP],
    },
  },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': ['error', ...SYNTAX] } },
  {
    files: ['src/shared/**/*.ts', 'src/protocol/**/*.ts'],
    ignores: ['src/shared/node/**', '**/*.test.ts', '**/*.test-d.ts'],
    rules: ban([noNode, noElectron, noDom]),
  },
  {
    files: [
      'src/{client,host,gateway,worker,studio,entries,cli,web}/**/*.ts',
      'src/shared/node/**/*.ts',
      '{test,bench,e2e,scripts}/**/*.ts',
    ],
    ignores: ['test/electron/**'],
    rules: ban([bareBuiltins, noElectron, noDom]),
  },
  { files: ['src/main/**/*.ts', 'test/electron/**/*.ts'], rules: ban([bareBuiltins, noDom]) },
  { files: ['src/preload/**/*.ts'], rules: ban([noNode, noDom]) },
  {
    files: ['src/renderer/**/*.{ts,tsx}'],
    ignores: ['**/*.test.{ts,tsx}'],
    rules: ban([noNode, noElectron]),
  },
)
