import { describe, expect, it } from 'vitest'
import { workspace } from '../testing.ts'

const HEAD = "document: {dsl: '1.0.3', namespace: test, name: one, version: '0.1.0'}\ndo:\n"

describe('tulle workflow run', () => {
  it('runs a document here, says why each task ran, and prints what came of it', async () => {
    using work = workspace()
    work.write('a.yaml', `${HEAD}  - skipped: {if: '.n > 5', set: {x: 1}}\n  - doubled: {set: {n: '\${ .n * 2 }'}}\n`)
    const ran = await work.tulle(['workflow', 'run', 'a.yaml', '--input', '{"n": 2}'])
    expect(ran).toMatchObject({ code: 0, out: '{\n  "n": 4\n}\n' })
    expect(ran.err).toContain('skipped   /do/0/skipped: its condition is not true: .n > 5')
    expect(JSON.parse((await work.tulle(['workflow', 'run', 'a.yaml', '--input', '{"n": 3}', '-o', 'json'])).out)).toMatchObject({ ok: true, output: { n: 6 }, steps: expect.arrayContaining([{ reference: '/do/1/doubled', status: 'completed', why: 'it did what it had to' }]) as object })
  }, 90_000)

  it('lets it reach only what it is allowed', async () => {
    using work = workspace()
    work.write('shell.yaml', `${HEAD}  - a: {run: {shell: {command: echo hello}}}\n`)
    work.write('call.yaml', `${HEAD}  - a: {call: http, with: {method: get, endpoint: 'http://127.0.0.1:1/'}}\n`)
    expect(await work.tulle(['workflow', 'run', 'shell.yaml'])).toMatchObject({ code: 1, out: expect.stringContaining('does not allow shell commands') as string })
    expect(await work.tulle(['workflow', 'run', 'shell.yaml', '--allow-processes'])).toMatchObject({ code: 0, out: '"hello\\n"\n' })
    expect(await work.tulle(['workflow', 'run', 'call.yaml', '--allow-host', '*'])).toMatchObject({ code: 1, out: expect.stringContaining('it is a private address') as string })
    expect(await work.tulle(['workflow', 'run', 'call.yaml', '--input', 'no'])).toMatchObject({ code: 2 })
  }, 90_000)
})

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
