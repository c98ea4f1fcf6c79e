import { describe, expect, it } from 'vitest'
import { workspace } from '../testing.ts'

const contract = (columns: string, version = '1.0.0'): string => `apiVersion: v3.1.0
kind: DataContract
id: orders
version: ${version}
status: active
schema:
  - name: orders
    properties:
${columns}`
const ID = '      - {name: id, logicalType: integer, required: true}\n'

describe('tulle contract lint', () => {
  it('says nothing of a good contract', async () => {
    using work = workspace()
    work.write('a.odcs.yaml', contract(ID))
    expect(await work.tulle(['contract', 'lint', 'a.odcs.yaml'])).toEqual({ code: 0, out: '1 contract, none of them invalid.\n', err: '' })
  })

  it('names file, line, column and path of what is wrong in each of several, in every object', async () => {
    using work = workspace()
    work.write('a.odcs.yaml', contract(ID))
    work.write('b.odcs.yaml', `${contract(ID)}  - name: second\n    properties:\n      - {name: x, logicalType: integer}\n      - {name: x, logicalType: integer}\n`)
    work.write('c.odcs.yaml', contract('      - {name: id, logicalType: whole}\n'))
    const { code, out, err } = await work.tulle(['contract', 'lint', 'a.odcs.yaml', 'b.odcs.yaml', 'c.odcs.yaml'])
    expect({ code, out }).toEqual({ code: 1, out: '3 contracts, 2 of them invalid.\n' })
    expect(err).toContain('b.odcs.yaml:13:16 duplicate-column')
    expect(err).toContain('c.odcs.yaml:9:33 not-one-of')
  })

  it('tells programs the same, and has exit code 2 for a file that is not there', async () => {
    using work = workspace()
    work.write('c.odcs.yaml', 'kind: DataContract\n')
    const { code, out } = await work.tulle(['contract', 'lint', 'c.odcs.yaml', '-o', 'json'])
    expect({ code, found: JSON.parse(out) as unknown }).toMatchObject({ code: 1, found: { ok: false, files: [{ file: 'c.odcs.yaml', ok: false }] } })
    expect((await work.tulle(['contract', 'lint', 'nowhere.yaml'])).code).toBe(2)
  })
})

describe('tulle contract diff', () => {
  it('says what changes for consumers, and has exit code 1 where it breaks them', async () => {
    using work = workspace()
    work.write('a.yaml', contract(ID))
    work.write('b.yaml', contract(`${ID}      - {name: note, logicalType: string}\n`, '1.1.0'))
    expect(await work.tulle(['contract', 'diff', 'a.yaml', 'b.yaml'])).toEqual({ code: 0, out: '✅ minor orders.note is added (string)\nThe change is minor.\n', err: '' })
    expect(await work.tulle(['contract', 'diff', 'b.yaml', 'a.yaml'])).toEqual({ code: 1, out: '❌ breaking orders.note is removed (string)\nThe change is breaking; the version has to rise by a major number.\n', err: '' })
    expect((await work.tulle(['contract', 'diff', 'b.yaml', 'a.yaml', '--direction', 'backward'])).code).toBe(0)
  })
})

describe('tulle contract export, import and docs', () => {
  it('take a contract to another format and back, and never overwrite', async () => {
    using work = workspace()
    work.write('a.yaml', contract(ID))
    expect(await work.tulle(['contract', 'export', 'a.yaml', '--format', 'avro', '--out', 'a.avsc'])).toMatchObject({ code: 0, out: 'wrote a.avsc\n' })
    expect((await work.tulle(['contract', 'export', 'a.yaml', '--format', 'avro', '--out', 'a.avsc'])).code).toBe(1)
    expect(await work.tulle(['contract', 'import', 'a.avsc', '--format', 'avro', '--out', 'b.yaml'])).toMatchObject({ code: 0, out: 'wrote b.yaml\n' })
    expect((await work.tulle(['contract', 'diff', 'a.yaml', 'b.yaml'])).out).toBe('Nothing changes for consumers.\n')
    expect((await work.tulle(['contract', 'docs', 'a.yaml'])).out).toContain('| id | long | required |  |  |')
  })

  it('has exit code 2 for a format that is none', async () => {
    using work = workspace()
    work.write('a.yaml', contract(ID))
    expect((await work.tulle(['contract', 'export', 'a.yaml', '--format', 'xml'])).code).toBe(2)
  })
})

describe('a query of a rule', () => {
  it('is judged by the engine that would run it, and is not run', async () => {
    using work = workspace()
    const contract = (query: string): string => `apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\nschema:\n  - name: t\n    quality: [{ type: sql, mustBe: 0, query: "${query}" }]\n`
    work.write('good.yaml', contract('select count(*) from ${object}'))
    work.write('bad.yaml', contract("select count(*) from read_csv('/etc/passwd')"))
    expect((await work.tulle(['contract', 'lint', 'good.yaml'])).code).toBe(0)
    const bad = await work.tulle(['contract', 'lint', 'good.yaml', 'bad.yaml'])
    expect(bad.code).toBe(1)
    expect(bad.err).toContain('bad.yaml:8:47 contract-sql-refused: The query of this rule is refused: ')
  }, 90_000)
})

describe('tulle contract init', () => {
  it('drafts from the rows of a CSV file a contract that lint has nothing against', async () => {
    using work = workspace()
    work.write('My Trips.csv', 'id,when,note,paid\n1,2026-01-02T03:04:05Z,x,1.5\n2,2026-01-02T03:04:05Z,,2\n')
    expect(await work.tulle(['contract', 'init', 'My Trips.csv', '--out', 't.yaml'])).toMatchObject({ code: 0, out: 'wrote t.yaml\n' })
    expect(await work.tulle(['contract', 'lint', 't.yaml'])).toMatchObject({ code: 0, err: '' })
    const { out } = await work.tulle(['contract', 'docs', 't.yaml'])
    expect(out.split('\n').filter((line) => line.startsWith('| ')).slice(1)).toEqual(['| id | long | required, unique |  |  |', '| when | timestamptz | required |  |  |', '| note | string |  |  |  |', '| paid | double | required, unique |  |  |'])
  })

  it('says what is wrong with a file that is no CSV', async () => {
    using work = workspace()
    work.write('a.csv', 'a,a\n1,2\n')
    expect((await work.tulle(['contract', 'init', 'a.csv'])).err).toContain('csv-broken')
  })
})

describe('tulle contract test', () => {
  it('says of each check what a file holds, and has exit code 1 where one fails', async () => {
    using work = workspace()
    const rules = '        quality: [{metric: duplicateValues, mustBe: 0}, {type: sql, query: "select max(id) from orders", mustBeLessThan: 10}]\n'
    work.write('a.yaml', contract(`${ID.replace('{', '\n        ').replace('required: true}', 'required: true').replaceAll(', ', '\n        ').replace('- \n        ', '- ')}${rules}`))
    work.write('good.csv', 'id\n1\n2\n')
    work.write('bad.csv', 'id\n1\n1\n12\n')
    const good = await work.tulle(['contract', 'test', 'a.yaml', '--data', 'good.csv'])
    expect(good, good.err).toMatchObject({ code: 0, out: expect.stringContaining('4 checks, none failed.') as string })
    const bad = await work.tulle(['contract', 'test', 'a.yaml', '--data', 'bad.csv'])
    expect(bad).toMatchObject({ code: 1, out: expect.stringContaining('❌ fail duplicateValues(id): 1 of 3 rows repeats a value of "id".') as string })
    expect(bad.out).toContain('❌ fail sql(id): the query answers 12. Allowed: < 10.')
  }, 90_000)

  it('refuses a query that reads anything else', async () => {
    using work = workspace()
    work.write('a.yaml', `apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\nschema:\n  - name: t\n    properties: [{name: id, logicalType: integer}]\n    quality: [{type: sql, mustBe: 0, query: "select count(*) from read_csv('/etc/passwd')"}]\n`)
    work.write('d.csv', 'id\n1\n')
    const { code, err } = await work.tulle(['contract', 'test', 'a.yaml', '--data', 'd.csv'])
    expect(code).not.toBe(0)
    expect(err).toContain('a.yaml:9:15 check-sql-refused')
  }, 90_000)
})
