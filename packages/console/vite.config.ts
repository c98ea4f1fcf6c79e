import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vite'

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

export default defineConfig({
  plugins: [react(), compressed],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // The first browsers that know `light-dark()`: what older ones get in its place does not follow a chosen colour scheme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8740', '/data': 'http://127.0.0.1:8740' } },
})
