// The contract: a file is read exactly as declared, or refused with its name and line, and never with a value of it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess, Ingestion } from '../types.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())

const COLUMNS = [{ name: 'id', type: 'long' }, { name: 'name', type: 'string' }, { name: 'day', type: 'date' }]

type Options = Partial<Ingestion> & { readonly file?: string }

async function ingest(content: string | Uint8Array, { file = 'people.csv', ...rest }: Options = {}) {
  const path = join(rig.data, file)
  writeFileSync(path, content)
  const defined = await worker.ingest({ port: 'people', format: 'csv', paths: [path], columns: COLUMNS, ...rest })
  if (!defined.ok) return defined.diagnostics
  const written = await worker.write('select * from source.people', { path: join(rig.data, 'out.parquet'), fieldIds: {} })
  return written.ok ? await rowsOf(worker, 'select * from source.people') : written.diagnostics
}

// DuckDB's parallel reader loses such a line without a word.
const HUGE = Buffer.alloc(40 * 1024 * 1024, 'a')

const ROW = [[1, 'a', '2020-01-02']]

describe('a file is read', () => {
  it.each<[string, string | Uint8Array, Options?]>([
    ['with its header', 'id,name,day\n1,a,2020-01-02\n'],
    ['with a byte order mark', '\uFEFFid,name,day\n1,a,2020-01-02\n'],
    ['with lines that end in CRLF', 'id,name,day\r\n1,a,2020-01-02\r\n'],
    ['without a last line end', 'id,name,day\n1,a,2020-01-02'],
    ['with its columns in another order and more of them', 'x,day,name,id\nq,2020-01-02,a,1\n'],
    ['without a header, in the contract’s order', '1,a,2020-01-02\n', { options: { header: false } }],
    ['with another delimiter and quote', "id;name;day\n1;'a';2020-01-02\n", { options: { delimiter: ';', quote: "'" } }],
    ['compressed, whatever its name', gzipSync('id,name,day\n1,a,2020-01-02\n')],
    ['in latin-1', Buffer.from('id,näme,day\n1,a,2020-01-02\n', 'latin1'), { options: { encoding: 'latin-1' }, columns: [{ name: 'id', type: 'long' }, { name: 'name', type: 'string', source: 'näme' }, { name: 'day', type: 'date' }] }],
    ['in UTF-16', Buffer.from('\uFEFFid,name,day\n1,a,2020-01-02\n', 'utf16le'), { options: { encoding: 'utf-16' } }],
    ['with dates of another form', 'id,name,day\n1,a,02.01.2020\n', { options: { dateFormat: '%d.%m.%Y' } }],
    ['as JSON lines', '{"id":1,"name":"a","day":"2020-01-02","x":2}\n', { format: 'ndjson', file: 'p.ndjson' }],
    ['as compressed JSON lines', gzipSync('{"id":1,"name":"a","day":"2020-01-02"}\n'), { format: 'ndjson', file: 'p.ndjson.gz' }],
    ['as a JSON array', '[{"id":1,"name":"a","day":"2020-01-02"}]', { format: 'json', file: 'p.json' }],
  ])('%s', async (_, content, options) => {
    expect(await ingest(content, options)).toEqual(ROW)
  })

  it('as Parquet, with other names and types than the contract has', async () => {
    const path = join(rig.data, 'source.parquet')
    await worker.write("select 1::int as a, 'a' as b, timestamp '2020-01-02' as c, 3 as d", { path, fieldIds: {} })
    const columns = [{ name: 'id', type: 'long', source: 'a' }, { name: 'name', type: 'string', source: 'b' }, { name: 'day', type: 'date', source: 'c' }]
    expect((await worker.ingest({ port: 'people', format: 'parquet', paths: [path], columns })).ok).toBe(true)
    expect(await rowsOf(worker, 'select * from source.people')).toEqual(ROW)
  })

  it('with nulls where the field is empty or holds the null text, and not where it is quoted', async () => {
    expect(await ingest('id,name,day\n,NA,NA\n1,"",2020-01-02\n', { options: { nullText: 'NA' } })).toEqual([[null, null, null], [1, '', '2020-01-02']])
  })

  it('beside others with another order of columns', async () => {
    const paths = ['a.csv', 'b.csv'].map((name) => join(rig.data, name))
    writeFileSync(paths[0] as string, 'id,name,day\n1,a,2020-01-02\n')
    writeFileSync(paths[1] as string, 'day,id,name\n2020-01-03,2,b\n')
    await worker.ingest({ port: 'people', format: 'csv', paths, columns: COLUMNS })
    expect(await rowsOf(worker, 'select * from source.people order by id')).toEqual([...ROW, [2, 'b', '2020-01-03']])
  })

  it('without a contract, with types that hold for all of it', async () => {
    const many = `id,name,day\n${Array.from({ length: 50_000 }, (_, i) => `${i},n,2020-01-02`).join('\n')}\nx,n,2020-01-02\n`
    writeFileSync(join(rig.data, 'sniffed.csv'), many)
    await worker.ingest({ port: 'people', format: 'csv', paths: [join(rig.data, 'sniffed.csv')] })
    const prepared = await worker.prepare('select * from source.people')
    expect(prepared.ok && prepared.value.columns.map(({ type }) => type)).toEqual(['VARCHAR', 'VARCHAR', 'DATE'])
  })

  it('and says which columns of it are not', async () => {
    writeFileSync(join(rig.data, 'more.csv'), 'id,extra,name,day,last\n')
    const ingested = await worker.ingest({ port: 'people', format: 'csv', paths: [join(rig.data, 'more.csv')], columns: COLUMNS })
    expect(ingested.ok && ingested.value).toEqual({ unread: ['extra', 'last'] })
  })

  it('without a column that it need not have, beside others that have it', async () => {
    const paths = ['with.csv', 'without.csv'].map((name) => join(rig.data, name))
    writeFileSync(paths[0] as string, 'id,note\n1,a\n')
    writeFileSync(paths[1] as string, 'id\n2\n')
    const columns = [{ name: 'id', type: 'long' }, { name: 'note', type: 'string', optional: true }]
    await worker.ingest({ port: 'people', format: 'csv', paths, columns })
    expect(await rowsOf(worker, 'select * from source.people order by id')).toEqual([[1, 'a'], [2, null]])
    const refused = await worker.ingest({ port: 'people', format: 'csv', paths, columns: columns.map(({ name, type }) => ({ name, type })) })
    expect(refused.ok).toBe(false)
  })
})

describe('a file is refused', () => {
  it.each<[string, string | Uint8Array, string, number | undefined, Options?]>([
    ['a field too few', 'id,name,day\n1,a,2020-01-02\n2,b\n', 'people.csv: line 3: the row has 2 fields, not 3.', 3],
    ['a field too many', 'id,name,day\n1,a,2020-01-02,9\n', 'people.csv: line 2: the row has 4 fields, not 3.', 2],
    ['a value of the wrong type', 'id,name,day\n1,a,2020-01-02\nsecret,b,2020-01-02\n', 'people.csv: line 3: the value of column "id" is not a BIGINT.', 3],
    ['a day that does not exist', 'id,name,day\n1,a,2020-02-31\n', 'people.csv: line 2: the value of column "day" is not a DATE.', 2],
    ['a quote that does not end', 'id,name,day\n1,"a,2020-01-02\n2,b,2020-01-02\n', 'people.csv: line 2: a quoted value does not end.', 2],
    ['bytes of another encoding', Buffer.from('id,name,day\n1,\xe9t\xe9,2020-01-02\n', 'latin1'), 'people.csv: line 2: the text is not in the encoding that the port declares.', 2],
    ['a header of another encoding', Buffer.from('id,n\xe4me,day\n', 'latin1'), 'people.csv: the header line is not utf-8 text.', 1],
    ['a missing column', 'id,names,day\n1,a,2020-01-02\n', 'people.csv: the header has no column "name". Did you mean "names"?', 1],
    ['a column twice', 'id,name,day,id\n', 'people.csv: the header names the column "id" twice.', 1],
    ['nothing in it', '', 'people.csv: the file is empty; a header line is expected.', 1],
    ['gzip cut short', gzipSync('id,name,day\n1,a,2020-01-02\n'.repeat(1000)).subarray(0, 60), 'people.csv: the gzip file was cut short.', undefined],
    ['gzip with a flipped bit', ((): Uint8Array => {
      const bytes = gzipSync('id,name,day\n1,a,2020-01-02\n')
      bytes.writeUInt8((bytes[bytes.length - 6] as number) ^ 1, bytes.length - 6)
      return bytes
    })(), 'people.csv: the gzip file is damaged.', undefined],
    ['JSON that is none', '{"id":1}\nnonsense\n', 'p.ndjson: line 2: this is not JSON.', 2, { format: 'ndjson', file: 'p.ndjson' }],
    ['JSON that ends too early', '{"id":1}\n{"id":', 'p.ndjson: line 2: the JSON ends too early.', 2, { format: 'ndjson', file: 'p.ndjson' }],
    ['JSON of the wrong type', '{"id":1}\n{"id":"secret"}\n', "p.ndjson: line 2: a value is not of its column's type.", 2, { format: 'ndjson', file: 'p.ndjson' }],
    ['a Parquet file cut short', Buffer.from('PAR1 and not much more of it'), 'p.parquet: this is not a whole Parquet file; it may have been cut short.', undefined, { format: 'parquet', file: 'p.parquet' }],
    ['Parquet of two bytes', Buffer.from('PA'), 'p.parquet: this is not a whole Parquet file; it may have been cut short.', undefined, { format: 'parquet', file: 'p.parquet' }],
    ['a ragged file without a contract', 'id,name,day\n1,a,2020-01-02\n2,b\n', 'people.csv: line 3: the row has 2 fields, not 3.', 3, { columns: undefined } as unknown as Options],
  ])('for %s', async (_, content, message, line, options) => {
    const diagnostics = await ingest(content, options) as readonly { code: string; message: string; place?: { line: number } }[]
    expect(diagnostics.map((d) => [d.code, d.message, d.place?.line])).toEqual([['engine-file', message, line]])
    expect(JSON.stringify(diagnostics)).not.toContain('secret')
  })

  it.each<[string, Uint8Array, string]>([
    ['and nothing after it', Buffer.concat([Buffer.from('id,name,day\n1,a,2020-01-02\n2,'), HUGE, Buffer.from(',2020-01-02\n')]), 'people.csv: line 3: the line is too long.'],
    ['compressed', gzipSync(Buffer.concat([Buffer.from('id,name,day\n1,'), HUGE, Buffer.from(',2020-01-02\n')]), { level: 1 }), 'people.csv: line 2: the line is too long.'],
  ])('for a line longer than any buffer, %s', async (_, content, message) => {
    // Several buffers of that length: the memory of a run, and nobody else's.
    const own = engineRig()
    const roomy = await own.process({ memoryMegabytes: 2048 })
    const path = join(own.data, 'people.csv')
    writeFileSync(path, content)
    const ingested = await roomy.ingest({ port: 'people', format: 'csv', paths: [path], columns: COLUMNS })
    const written = ingested.ok ? await roomy.write('select * from source.people', { path: join(own.data, 'out.parquet'), fieldIds: {} }) : ingested
    expect(written.diagnostics.map((d) => [d.code, d.message])).toEqual([['engine-file', message]])
    await own.close()
  })

  it('for a column that its Parquet does not have, or that is not there at all', async () => {
    const path = join(rig.data, 'few.parquet')
    await worker.write('select 1 as a', { path, fieldIds: {} })
    const missing = await worker.ingest({ port: 'people', format: 'parquet', paths: [path], columns: [{ name: 'nope', type: 'int' }] })
    expect(missing.diagnostics.map(({ message }) => message)).toEqual(['few.parquet: the file has no column "nope".'])
    const absent = await worker.ingest({ port: 'people', format: 'csv', paths: [join(rig.data, 'absent.csv')], columns: COLUMNS, labels: { [join(rig.data, 'absent.csv')]: 'data/absent.csv' } })
    expect(absent.diagnostics.map(({ message }) => message)).toEqual(['data/absent.csv: the file cannot be read.'])
  })
})
