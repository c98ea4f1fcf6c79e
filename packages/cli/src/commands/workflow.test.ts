import { describe, expect, it } from 'vitest'
import { workspace } from '../testing.ts'

const HEAD = "document: {dsl: '1.0.3', namespace: test, name: one, version: '0.1.0'}\ndo:\n"

describe('tulle workflow validate', () => {
  it('passes good documents, and shows the place of what is wrong in others', async () => {
    using work = workspace()
    work.write('good.yaml', `${HEAD}  - a: {set: {x: 1}}\n`)
    work.write('bad.yaml', `${HEAD}  - a: {call: frob}\n`)
    expect(await work.tulle(['workflow', 'validate', 'good.yaml'])).toMatchObject({ code: 0, out: 'good.yaml: one, no errors\n' })
    const bad = await work.tulle(['workflow', 'validate', 'good.yaml', 'bad.yaml'])
    expect(bad).toMatchObject({ code: 1, out: 'good.yaml: one, no errors\nbad.yaml: 1 error\n' })
    expect(bad.err).toContain('bad.yaml:3:15 workflow-unknown-reference: There is no function "frob".')
    const json = await work.tulle(['workflow', 'validate', 'bad.yaml', '-o', 'json'])
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, files: [{ file: 'bad.yaml', ok: false, diagnostics: [{ code: 'workflow-unknown-reference', place: { line: 3, column: 15 } }] }] })
    expect((await work.tulle(['workflow', 'validate', 'nowhere.yaml'])).code).toBe(2)
  })
})
