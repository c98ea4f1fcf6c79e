import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { createProgram } from './program.ts'
import { referencePage } from './reference-page.ts'

const terminal = { interactive: false, colours: false, columns: 80, out: () => undefined, say: () => undefined, drained: () => undefined, status: () => undefined }

it('docs/reference/cli.md says what the commands do', async () => {
  const program = createProgram({ environment: {}, folder: '/', terminal, signal: new AbortController().signal, end: () => undefined })
  await expect(referencePage(program)).toMatchFileSnapshot(resolve(import.meta.dirname, '../../../docs/reference/cli.md'))
})
