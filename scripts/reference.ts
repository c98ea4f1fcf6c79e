// Writes what is printed from the code's own schemas: `node scripts/reference.ts`. A test fails where it is stale.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openApi } from '@tulle/api'
import { projections } from '@tulle/model'

const root = join(import.meta.dirname, '..')

/** Every generated file: path below the checkout, and its text. */
export function generatedFiles(): readonly { readonly path: string; readonly text: string }[] {
  const api = openApi({ title: 'Tulle', version: '0.1.0' })
  return [...projections(), { path: 'docs/reference/openapi.json', text: `${JSON.stringify(api, null, 2)}\n` }]
}

if (import.meta.main) {
  for (const { path, text } of generatedFiles()) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    console.log(path)
  }
}
