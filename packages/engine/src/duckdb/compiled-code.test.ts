import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compiledCode, shareCode } from './spawn-worker.ts'

const scratch = mkdtempSync(join(tmpdir(), 'tulle-compiled-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the compiled code of workers', () => {
  it('is made once for all engines of a checkout, and whole', async () => {
    const [one, other] = await Promise.all([compiledCode(scratch), compiledCode(scratch)])
    expect(one).toBe(other)
    const made = statSync(one).mtimeMs
    expect(await compiledCode(join(scratch, 'another'))).toBe(one)
    expect(statSync(one).mtimeMs).toBe(made)
    expect(readdirSync(one, { recursive: true }).length).toBeGreaterThan(20)
  })

  it('is written by nobody but whom it was made by, and reached by other users under their own name', async () => {
    const code = await compiledCode(scratch)
    const open = readdirSync(code, { recursive: true, withFileTypes: true }).filter((entry) => (statSync(join(entry.parentPath, entry.name)).mode & 0o022) !== 0)
    expect(open).toEqual([])
    await shareCode(code, scratch, { uid: 61_190, gid: 61_190 })
    const [link] = readdirSync(scratch).filter((name) => name.endsWith('-61190'))
    expect(existsSync(join(scratch, link ?? '', readdirSync(join(code, readdirSync(code)[0] ?? ''))[0] ?? ''))).toBe(true)
  })
})
