// What is exported to orchestrators: data stays data, whatever the mesh calls things, and files of others stay.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { pythonData } from '../export/python-text.ts'
import { workspace } from '../testing.ts'

const SKYLINE = resolve(import.meta.dirname, '../../../../examples/skyline')
const HOSTILE = ['"""', "'''", '"); import os; os.system("x"); ("', '\\"); x; ("', '\\', '\n\nimport os\n', '\r', '\u2028', '\0', '\u{1F600}', '\uD800', '\\N{LATIN SMALL LETTER A}', '\\u0022', '{{ macros }}', '${CLIENT}', '%s', "\u202E"]
const python = spawnSync('python3', ['--version']).status === 0
if (!python) console.warn('SKIPPED: no Python reads what is exported, as this machine has none.')

/** What a JSON string literal says is what Python reads in it: both know the escapes that are used, and no other is. */
const readAgain = (text: string): unknown => {
  const literal = /^json\.loads\((?<literal>"[ -~]*")\)$/u.exec(text)?.groups?.['literal'] ?? ''
  expect(literal.slice(1, -1)).toMatch(/^(?:[ !#-[\]-~]|\\["\\])*$/u)
  return JSON.parse(JSON.parse(literal) as string)
}

describe('data in a file of Python', () => {
  it('is one literal, whatever it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(readAgain(pythonData(value as Json))).toEqual(JSON.parse(JSON.stringify(value)))
    }))
  })

  it.each(HOSTILE.map((text) => [JSON.stringify(text), text]))('is one literal for %s', (_, text) => expect(readAgain(pythonData({ [text]: [text] }))).toEqual({ [text]: [text] }))

  it.skipIf(!python)('is the same to Python', () => {
    const text = HOSTILE.filter((one) => one !== '\uD800')
    const { stdout, stderr } = spawnSync('python3', ['-c', `import json,sys\nsys.stdout.write(json.dumps(${pythonData(text)}))`], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(text)
  })
})

describe.each([['airflow', 'tulle_dags.py'], ['dagster', 'tulle_definitions.py']])('tulle export %s', (format, file) => {
  it('writes every product, with its schedule and what it waits for, and writes it again', async () => {
    using work = workspace()
    for (const time of ['first', 'second']) expect(await work.tulle(['export', format, '--folder', SKYLINE, '--to', 'out']), time).toMatchObject({ code: 0, err: '' })
    const text = readFileSync(join(work.folder, 'out', file), 'utf8')
    const products = readAgain(/^PRODUCTS = (?<data>.*)$/mu.exec(text)?.groups?.['data'] ?? '') as readonly { readonly name: string; readonly schedule: string | null; readonly reads: readonly string[] }[]
    expect(products.find(({ name }) => name === 'flights')).toMatchObject({ schedule: '0 5 * * *' })
    const names = products.map(({ name }) => name)
    expect(products.some(({ reads }) => reads.length > 0)).toBe(true)
    for (const { reads } of products) for (const one of reads) expect(names).toContain(one)
    if (python) expect(spawnSync('python3', ['-c', 'import ast,sys; ast.parse(sys.stdin.read())'], { input: text, encoding: 'utf8' }).stderr).toBe('')
  })

  it('has one product where one is named, and says that there is none of a name', async () => {
    using work = workspace()
    expect(await work.tulle(['export', format, 'flights', '--folder', SKYLINE, '--to', 'out', '-o', 'json'])).toMatchObject({ code: 0, out: expect.stringContaining('"flights"') as string })
    expect(await work.tulle(['export', format, 'flihgts', '--folder', SKYLINE, '--to', 'out'])).toMatchObject({ err: expect.stringContaining('no-such-product: The mesh has no product "flihgts". Did you mean "flights"?') as string })
  })

  it('differs between two meshes in its data alone', async () => {
    using work = workspace()
    await work.tulle(['init', 'mesh', 'my'])
    for (const [mesh, to] of [[SKYLINE, 'a'], ['my', 'b']] as const) await work.tulle(['export', format, '--folder', mesh, '--to', to])
    const [a, b] = ['a', 'b'].map((to) => readFileSync(join(work.folder, to, file), 'utf8').split('\n'))
    expect(a?.filter((line, i) => line !== b?.[i]).map((line) => line.split(' ')[0])).toEqual(['MESH', 'PRODUCTS'])
  })

  it('leaves a file of others as it is', async () => {
    using work = workspace()
    const theirs = work.write(`out/${file}`, 'mine = 1\n')
    expect(await work.tulle(['export', format, '--folder', SKYLINE, '--to', 'out'])).toMatchObject({ err: expect.stringContaining('not-ours-to-replace') as string })
    expect(readFileSync(theirs, 'utf8')).toBe('mine = 1\n')
  })
})
