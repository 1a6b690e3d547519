import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { resolve } from 'node:path'
import { notices } from './scripts/vite/notices.ts'
import { threadScripts } from './scripts/vite/threadScripts.ts'

const NODE_TARGET = 'node24'
const CHROME_TARGET = 'chrome156'

// Everything is bundled but what reads files beside itself (the OpenAPI page) or ships an executable.
const EXTERNAL = ['electron', '@fastify/swagger-ui', 'ffmpeg-static', /^node:/]

const at = (path: string) => resolve(import.meta.dirname, path)

export default defineConfig({
  main: {
    plugins: [
      threadScripts(),
      notices({ root: import.meta.dirname, besides: ['@fastify/swagger-ui', 'ffmpeg-static'] }),
    ],
    build: {
      target: NODE_TARGET,
      outDir: 'out/main',
      minify: true,
      sourcemap: 'hidden',
      externalizeDeps: false,
      rolldownOptions: {
        external: EXTERNAL,
        // Places of the fault campaign: tests run the sources.
        treeshake: { manualPureFunctions: ['faultPoint'] },
        input: {
          index: at('src/main/index.ts'),
          studio: at('src/entries/studio.ts'),
          gateway: at('src/entries/gateway.ts'),
          worker: at('src/entries/worker.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      target: NODE_TARGET,
      outDir: 'out/preload',
      minify: true,
      externalizeDeps: false,
      rolldownOptions: {
        external: ['electron'],
        input: { index: at('src/preload/index.ts') },
        // A sandboxed preload is CommonJS, and one file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src/renderer'),
    base: './',
    plugins: [react(), notices({ root: import.meta.dirname })],
    build: {
      target: CHROME_TARGET,
      outDir: at('out/renderer'),
      emptyOutDir: true,
      minify: true,
      manifest: 'manifest.json',
      modulePreload: { polyfill: false },
      rolldownOptions: { input: { index: at('src/renderer/index.html') } },
    },
  },
})
