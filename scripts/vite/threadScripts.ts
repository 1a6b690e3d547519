import type { Plugin } from 'vite'
import { dirname, posix, resolve } from 'node:path'

const THREAD_URL = /new URL\(\s*(['"])(\.{1,2}\/[^'"]+\.ts)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g
const PLACEHOLDER = /__dhs_thread_script_([\w$]+?)__/g

/**
 * Lets a worker-thread script keep one spelling in sources and bundles: `new URL('./x.ts', import.meta.url)`.
 * In sources Node strips its types; in a bundle this emits the script as a chunk of its own and points the URL at it.
 */
export function threadScripts(): Plugin {
  return {
    name: 'dhs-thread-scripts',
    apply: 'build',
    enforce: 'pre',
    transform: {
      filter: { code: 'import.meta.url' },
      handler(code, id) {
        if (id.includes('node_modules')) return null
        const replaced = code.replaceAll(THREAD_URL, (_whole, _quote, path: string) => {
          const reference = this.emitFile({ type: 'chunk', id: resolve(dirname(id), path) })
          return `new URL('__dhs_thread_script_${reference}__', import.meta.url)`
        })
        return replaced === code ? null : { code: replaced, map: null }
      },
    },
    renderChunk(code, chunk) {
      // The place of the emitted chunk is known only now, and is written relative to the chunk that starts it.
      const replaced = code.replaceAll(PLACEHOLDER, (_whole, reference: string) => {
        const path = posix.relative(posix.dirname(chunk.fileName), this.getFileName(reference))
        return path.startsWith('.') ? path : `./${path}`
      })
      return replaced === code ? null : { code: replaced, map: null }
    },
  }
}
