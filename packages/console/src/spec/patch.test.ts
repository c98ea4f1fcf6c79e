// What comes out is handed to git itself.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { patchOf } from './patch.ts'
import type { Changed } from './patch.ts'

const CASES: readonly (readonly [what: string, changes: readonly Changed[]])[] = [
  ['a line among many', [{ path: 'domains/a/b/product.yaml', before: `${Array.from({ length: 40 }, (_, i) => `line ${i}`).join('\n')}\n`, after: `${Array.from({ length: 40 }, (_, i) => (i === 20 ? '--- a/other' : `line ${i}`)).join('\n')}\n` }]],
  ['two files, one of them new', [{ path: 'mesh.yaml', before: 'kind: Mesh\n', after: 'kind: Mesh\nname: x\n' }, { path: 'teams/new.yaml', before: undefined, after: 'kind: TechnicalTeam\n' }]],
  ['an end without a line break, and texts that look like a patch', [{ path: 'a.sql', before: 'select 1', after: '+++ b/a.sql\t\nselect 2' }]],
  ['letters of all the world', [{ path: 'teams/a.yaml', before: 'name: a\n', after: 'name: Ünïcode 🚀 \u202e\n' }]],
]

it.each(CASES)('is a patch that git applies: %s', (_what, changes) => {
  const folder = mkdtempSync(join(tmpdir(), 'patch-'))
  try {
    for (const { path, before } of changes) {
      if (before === undefined) continue
      mkdirSync(join(folder, dirname(path)), { recursive: true })
      writeFileSync(join(folder, path), before)
    }
    execFileSync('git', ['apply', '-'], { cwd: folder, input: patchOf(changes), env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() } })
    expect(changes.map(({ path }) => readFileSync(join(folder, path), 'utf8'))).toEqual(changes.map(({ after }) => after))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
