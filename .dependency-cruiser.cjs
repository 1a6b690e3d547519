// The import table of the architecture as an allow-list: an edge that no rule allows is an error.
const TEST = String.raw`\.test(-d)?\.tsx?$`
const PARTS = '(gateway|worker|studio|client|host)'
const PURE_SHARED = '^src/shared/(?!node/)'
const DOM_PACKAGES =
  '^node_modules/(react|react-dom|react-i18next|zustand|wavesurfer\\.js|@mantine|@tabler|@tanstack|@testing-library)/'
const SERVER_PACKAGES =
  '^node_modules/(@orpc/server|@fastify|@tus|fastify|fastify-type-provider-zod|ws|socket\\.io|kysely|pino)/'
const TEST_PLACES = '^src/.*/(testing|contract)/'
const NODE_SIDE = '^src/(shared/node|client|gateway|worker|studio|host|entries|cli|web|main)/'

const allow = (from, ...to) => ({ from: { path: from }, to: { path: to } })
const npm = (from, not) => ({
  from: { path: from },
  to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-no-pkg'], ...(not ? { pathNot: not } : {}) },
})
const core = (from) => ({ from: { path: from }, to: { dependencyTypes: ['core'] } })

module.exports = {
  allowed: [
    allow(PURE_SHARED, PURE_SHARED),
    allow('^src/shared/node/', '^src/shared/'),
    allow('^src/protocol/', PURE_SHARED, '^src/protocol/', '^node_modules/(zod|@orpc/contract)/'),
    allow('^src/client/', '^src/(client|protocol|shared)/'),
    { from: { path: '^src/(gateway|worker|studio)/' }, to: { path: ['^src/$1/', '^src/(client|protocol|shared)/'] } },
    allow('^src/host/', '^src/(host|protocol|shared)/'),
    allow('^src/(entries|cli|web)/', `^src/${PARTS}/index\\.ts$`, '^src/(protocol|shared)/'),
    allow('^src/(cli|web|main)/', '^src/host/index\\.ts$'),
    { from: { path: '^src/(entries|cli|web|main|preload|renderer)/' }, to: { path: '^src/$1/' } },
    allow('^src/cli/', '^src/web/index\\.ts$'),
    allow('^src/main/', '^src/(protocol|shared)/', '^node_modules/electron/'),
    { from: { path: '^src/preload/' }, to: { path: PURE_SHARED + '|^src/protocol/', dependencyTypes: ['type-only'] } },
    allow('^src/preload/', '^src/protocol/(studio|platform)/(names|bridge)\\.ts$', '^node_modules/electron/'),
    allow('^src/renderer/', PURE_SHARED, '^src/protocol/', '^node_modules/(react|react-dom)/'),
    // Packages and Node by runtime.
    npm(NODE_SIDE, DOM_PACKAGES),
    npm('^src/renderer/', SERVER_PACKAGES),
    core(NODE_SIDE),
    // Tests run real parts against each other, each by its index, and use what test/ offers.
    allow(TEST, '^test/', `^src/${PARTS}/index\\.ts$`, '^src/(protocol|shared|web|entries)/', '^scripts/'),
    allow(TEST_PLACES, '^test/fakes/'),
    npm(TEST),
    core(TEST),
    allow('^(test|bench|e2e|scripts)/', '^(test|bench|e2e|scripts)/', `^src/${PARTS}/index\\.ts$`),
    allow('^(test|bench|e2e|scripts)/', '^src/(protocol|shared|host|web|entries|cli)/', '^package\\.json$'),
    allow('^test/electron/', '^src/(main|preload)/', '^node_modules/electron/'),
    npm('^(test|bench|e2e|scripts|bin)/', DOM_PACKAGES),
    core('^(test|bench|e2e|scripts|bin)/'),
    allow('^bin/', '^src/cli/index\\.ts$', '^scripts/'),
    allow('^src/(cli|entries|gateway|worker|studio|web|main)/', '^package\\.json$'),
  ],
  allowedSeverity: 'error',
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'through-the-index',
      comment: 'Nobody outside a part reaches past its index.',
      severity: 'error',
      from: { path: '^(src|test|bench|e2e|scripts)/', pathNot: `^src/${PARTS}/` },
      to: { path: `^src/${PARTS}/(?!index\\.ts$)` },
    },
    {
      name: 'through-the-index-of-a-sibling',
      severity: 'error',
      from: { path: `^src/${PARTS}/` },
      to: { path: `^src/${PARTS}/(?!index\\.ts$)`, pathNot: '^src/$1/' },
    },
    {
      name: 'through-the-index-of-shared-node',
      severity: 'error',
      from: { pathNot: '^src/shared/node/' },
      to: { path: '^src/shared/node/(?!index\\.ts$)', pathNot: 'Contract\\.ts$' },
    },
    {
      name: 'nothing-imports-a-door',
      severity: 'error',
      from: { pathNot: ['^src/(entries|cli)/', '^(bin|test|e2e|bench)/', TEST] },
      to: { path: '^src/(entries|cli)/' },
    },
    {
      name: 'features-are-apart',
      severity: 'error',
      from: { path: '^src/renderer/features/([^/]+)/' },
      to: { path: '^src/renderer/features/', pathNot: '^src/renderer/features/$1/' },
    },
    {
      name: 'electron-only-in-its-doors',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|preload)/' },
      to: { path: '^node_modules/electron(-log|-updater)?/', reachable: true },
    },
    {
      name: 'page-packages-only-in-the-renderer',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/renderer/' },
      to: { path: DOM_PACKAGES, reachable: true },
    },
    {
      name: 'server-packages-not-in-the-page',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: TEST },
      to: { path: SERVER_PACKAGES, reachable: true },
    },
    {
      name: 'main-never-holds-a-part',
      severity: 'error',
      from: { path: '^src/main/', pathNot: TEST },
      to: { path: '^src/(gateway|worker|studio|client)/', reachable: true },
    },
    {
      name: 'pure-never-reaches-node',
      severity: 'error',
      from: { path: `${PURE_SHARED}|^src/(protocol|renderer|preload)/`, pathNot: TEST },
      to: { path: '^src/shared/node/', reachable: true },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: [TEST, TEST_PLACES, '\\.contract\\.tsx?$'] },
      to: { path: `^(test|e2e|bench)/|${TEST}|${TEST_PLACES}` },
    },
    // Which part of the gateway stands on which: an arrow back would be a circle of folders.
    ...[
      ['queue', '(dispatch|fleet|dsp|http|intake|assets|estimates|power|events|pool)'],
      ['store', '(queue|pool|dispatch|fleet)'],
      ['runModel', '(?!runModel/)'],
      ['intake', '(http|dsp|dispatch|events)'],
      ['fleet', '(queue|dispatch|dsp|http|power)'],
      ['pool', '(queue|assets|dispatch|http)'],
      ['dsp', 'http'],
    ].map(([part, above]) => ({
      name: `${part}-knows-nothing-above-it`,
      severity: 'error',
      from: { path: `^src/gateway/${part}/`, pathNot: [TEST, TEST_PLACES] },
      to: { path: `^src/gateway/${above}${above.startsWith('(?!') ? '' : '/'}`, pathNot: TEST_PLACES },
    })),
    {
      name: 'no-nameless-places',
      comment: 'utils, helpers, misc and common say nothing about what is inside.',
      severity: 'error',
      from: {},
      to: { path: '/(utils|util|helpers|helper|misc|common)(/|[.])', pathNot: '^node_modules/' },
    },
    {
      name: 'file-names-in-camel-case',
      severity: 'error',
      from: {},
      to: {
        path: '/[^/.]*[-_][^/]*$',
        pathNot: ['^node_modules/', '^(scripts|e2e|bench|resources)/', '[.](css|json)$', '[^-_]*-d[.]ts$'],
      },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^virtual:' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
      mainFields: ['module', 'main', 'types'],
    },
    cache: { folder: 'node_modules/.cache/dependency-cruiser', strategy: 'content' },
  },
}
