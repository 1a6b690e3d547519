import { resolve } from 'node:path'
import { build } from 'vite'
import { notices } from '../vite/notices.ts'
import { threadScripts } from '../vite/threadScripts.ts'
import { SHIPPED_PACKAGES } from './shipped.ts'

/** Bundles the command line and all its programs into plain scripts in one folder. */
export async function bundleServer(root: string, outDir: string): Promise<void> {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [threadScripts(), notices({ root, besides: SHIPPED_PACKAGES })],
    ssr: { noExternal: true, target: 'node' },
    build: {
      ...{ ssr: true, target: 'node24', outDir, emptyOutDir: true, minify: true, copyPublicDir: false },
      rolldownOptions: {
        external: [...SHIPPED_PACKAGES, 'ffmpeg-static', /^node:/],
        // Places of the fault campaign: tests run the sources.
        treeshake: { manualPureFunctions: ['faultPoint'] },
        input: { dhs: resolve(root, 'src/cli/index.ts') },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
}
