// The contract: of the engine's messages only what the reader wrote himself comes through, with its place; never a value
// of a row, a hidden name, a path.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalError } from './canonical-error.ts'
import { engineRig } from './testing.ts'
import type { EngineRig } from './testing.ts'
import type { EngineProcess } from './types.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
  await worker.write("select 'ana@example.org' as email, 7 as salary, 'hidden' as hidden_column", { path: `${rig.data}/a.parquet`, fieldIds: { email: 1, salary: 2, hidden_column: 3 } })
  await worker.define([{ schema: 'people', name: 'people', files: [{ path: `${rig.data}/a.parquet` }], columns: [{ name: 'email', type: 'string', fieldId: 1 }, { name: 'salary', type: 'int', fieldId: 2 }] }])
})
afterAll(() => rig.close())

const failure = async (sql: string) => {
  const cursor = await worker.open(sql, { encoding: { kind: 'rows' }, timeoutMilliseconds: 5000 })
  if (!cursor.ok) return cursor.diagnostics
  const batch = await cursor.value.fetch(10)
  await cursor.value.close()
  return batch.diagnostics
}

describe('an error of the engine', () => {
  it.each<[string, string, string, number?]>([
    ['selec 1', 'engine-syntax', 'Syntax error at or near "selec".', 1],
    ['select * from people.people where', 'engine-syntax', 'Syntax error at the end of the statement.'],
    ['select * from people.nope', 'engine-undefined-table', 'There is no table "nope" that you may read.', 15],
    ['select * from nope.nope', 'engine-undefined-table', 'There is no table "nope.nope" that you may read.', 15],
    ['select * from nope', 'engine-undefined-table', 'There is no table "nope" that you may read.', 15],
    ['select nope from people.people', 'engine-undefined-column', 'There is no column "nope" here.', 8],
    ['select hidden_column from people.people', 'engine-undefined-column', 'There is no column "hidden_column" here.', 8],
    ['select p.nope from people.people p', 'engine-undefined-column', 'There is no column "nope" here.', 8],
    ['select q.email from people.people p', 'engine-undefined-table', 'There is no table "q" that you may read.', 8],
    ['select nofun(1)', 'engine-undefined-function', 'There is no function "nofun" with these arguments.', 8],
    ['select length(1, 2, 3)', 'engine-undefined-function', 'There is no function "length" with these arguments.', 8],
    ['select email, count(*) from people.people', 'engine-type', 'Column "email" must appear in GROUP BY or inside an aggregate.', 8],
    ['select email from people.people a, people.people b', 'engine-type', 'A column name is ambiguous here; write it with its table.', 8],
    ['select email::int from people.people', 'engine-invalid-value', 'Could not convert a value to INT32.', 13],
    ['select (salary * 100)::tinyint from people.people', 'engine-invalid-value', 'Could not convert a value to INT8.', 22],
    ["select strptime(email, '%Y') from people.people", 'engine-invalid-value', 'A value is not valid for what is done with it.'],
    ['select date (email) from people.people', 'engine-invalid-value', 'Could not convert a value.'],
    ['select 9223372036854775807 + salary from people.people', 'engine-out-of-range', 'A value is out of range for its type.'],
    ['select (select unnest([1, 2]))', 'engine-invalid-value', 'A subquery used as an expression returned more than one row.'],
    ["select error(email) from people.people", 'engine-invalid-value', 'A value is not valid for what is done with it.'],
    ["select * from read_csv('/etc/passwd')", 'engine-denied', 'The engine refuses this: it reaches outside the data that you may read.', 15],
    ['copy (select 1) to \'/tmp/x\'', 'engine-denied', 'The engine refuses this: it reaches outside the data that you may read.'],
    ['select a::nosuchtype from (select 1 a)', 'engine-type', 'There is no type "nosuchtype".'],
    ['select 1; select 2', 'engine-syntax', 'Only one statement may be sent at a time.'],
  ])('%s', async (sql, code, message, column) => {
    const diagnostics = await failure(sql)
    expect(diagnostics.map((d) => [d.code, d.message])).toEqual([[code, message]])
    if (column !== undefined) expect(diagnostics[0]?.place).toMatchObject({ line: 1, column })
    expect(JSON.stringify({ ...diagnostics[0], place: undefined })).not.toMatch(/ana@|passwd|\/tmp|Candidate|hidden"/u)
  })

  it('has its place on a later line and in a long one', async () => {
    const [multi] = await failure('select 1,\n  2,\n  nope\nfrom people.people')
    expect(multi?.place).toEqual({ file: 'statement', line: 3, column: 3, source: '  nope' })
    const [long] = await failure(`select ${'1 + '.repeat(60)}nope from people.people where ${'true and '.repeat(40)}true`)
    expect(long?.place).toMatchObject({ line: 1, column: 248 })
  })

  it.each([
    ['Out of Memory Error: could not allocate block of size 32.0 KiB (122.0 MiB/122.0 MiB used)', 'engine-out-of-memory'],
    ['INTERRUPT Error: Interrupted!', 'engine-cancelled'],
    ['Binder Error: Cannot compare values of type INTEGER and DATE - an explicit cast is required', 'engine-type'],
    ['INTERNAL Error: Attempted to access index 5 within vector of size 5', 'engine-internal'],
    ['IO Error: Could not write file "/data/x": No space left on device', 'engine-out-of-disk'],
    ['Divide by Zero Error: division by zero!', 'engine-division'],
    ['Missing Extension Error: File https://x requires the extension httpfs', 'engine-denied'],
    ['no prefix at all with secret values', 'engine-internal'],
    ['', 'engine-internal'],
  ])('%s', (message, code) => {
    const diagnostic = canonicalError(message)
    expect(diagnostic.code).toBe(code)
    expect(JSON.stringify(diagnostic)).not.toMatch(/secret|\/data|https/u)
  })
})
