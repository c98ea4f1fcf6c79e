import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { routes } from '@tulle/api'
import { defineConfig } from 'vite'

const ROUTES_MODULE = realpathSync(join(import.meta.dirname, '../api/src/routes.ts'))

/** Below that, the head of the answer weighs more than what is saved. */
const WORTH_BYTES = 1_000

// Compressed once, when it is built: the server hands out the file beside the file that the browser asks for.
const compressed: Plugin = {
  name: 'compressed',
  writeBundle: ({ dir = '' }, bundle) => {
    for (const name of Object.keys(bundle).filter((one) => /\.(?:js|css|svg)$/u.test(one))) {
      const path = join(dir, name)
      const bytes = readFileSync(path)
      if (bytes.length < WORTH_BYTES) continue
      writeFileSync(`${path}.br`, brotliCompressSync(bytes))
      writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
    }
  },
}

/** The table that a client goes by, printed: with it no schema of the API comes into the browser. */
const printedRoutes: Plugin = {
  name: 'printed-routes',
  load: (id) => (id === ROUTES_MODULE ? `export const routes = ${JSON.stringify(routes)}` : undefined),
}

export default defineConfig({
  plugins: [react(), compressed, printedRoutes],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // The first browsers that know `light-dark()`: what older ones get in its place does not follow a chosen colour scheme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 900,
// What the first page cannot be without is one file, so that it comes in one answer.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8740', '/data': 'http://127.0.0.1:8740' } },
})
