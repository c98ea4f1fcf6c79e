import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { generatedFiles } from './reference.ts'

const root = join(import.meta.dirname, '..')

it.each(generatedFiles().map(({ path, text }) => [path, text] as const))('%s is what the code prints (node scripts/reference.ts)', (path, text) => {
  expect(existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '').toBe(text)
})
