import { describe, expect, it } from 'vitest'
import { workspace } from '../testing.ts'
import { inspectCsv } from './inspect-csv.ts'

async function inspect(content: string | Uint8Array) {
  using work = workspace()
  const file = work.write('data.csv', content)
  const result = await inspectCsv(file)
  return { ...result, said: result.diagnostics.map((d) => `${d.code}: ${d.message.replace(file, 'FILE')}`) }
}

const TYPES: readonly (readonly [string, readonly string[], string])[] = [
  ['whole numbers', ['1', '-20', '0'], 'integer'],
  ['whole numbers beyond 18 digits', ['1', '99999999999999999999'], 'number'],
  ['decimals and exponents', ['1', '2.50', '-3e10'], 'number'],
  ['codes with leading zeros', ['00123', '00456'], 'string'],
  ['telephone numbers', ['+4930123'], 'string'],
  ['truth values', ['true', 'FALSE'], 'boolean'],
  ['ones and zeros, which may count something', ['1', '0'], 'integer'],
  ['days', ['2024-02-29', '2026-12-31'], 'date'],
  ['a day that no calendar has', ['2026-02-29'], 'string'],
  ['days and instants mixed', ['2026-01-01', '2026-01-01 10:00'], 'string'],
  ['local times', ['2026-01-01 10:00', '2026-01-01T10:00:00.123456'], 'timestamp'],
  ['instants with a zone', ['2026-01-01T10:00:00Z', '2026-01-01 10:00:00+01:00'], 'timestamptz'],
  ['numbers and one word', ['1', '2', 'none'], 'string'],
  ['nothing at all', ['', ''], 'string'],
]

describe('a column of', () => {
  it.each(TYPES)('%s', async (_name, values, type) => {
    const result = await inspect(`x,y\n${values.map((value) => `${value},z`).join('\n')}\n`)
    expect(result.ok && result.value.columns[0]?.type).toBe(type)
  })
})

describe('a CSV file', () => {
  it.each([
    ['commas', 'a,b\n1,2\n', ','],
    ['semicolons around decimal commas', 'a;b\n1,5;2,5\n3,5;4,5\n', ';'],
    ['tabs', 'a\tb\n1\t2\n', '\t'],
    ['bars', 'a|b\n1|2\n', '|'],
    ['commas inside quotes', 'a;b\n"1,2,3";4\n', ';'],
    ['one column', 'a\n1\n', ','],
  ])('is read with its own delimiter: %s', async (_name, content, delimiter) => {
    const result = await inspect(content)
    expect(result.ok && result.value.delimiter).toBe(delimiter)
  })

  it('is read past a byte order mark, carriage returns, and line breaks in quotes', async () => {
    const result = await inspect('\ufeffa,b\r\n"x\r\ny",2\r\n')
    expect(result.ok && result.value).toEqual({
      delimiter: ',', rows: 1, whole: true,
      columns: [{ header: 'a', type: 'string', filled: true, unique: true }, { header: 'b', type: 'integer', filled: true, unique: true }],
    })
  })

  it('says which columns have gaps and which repeat themselves', async () => {
    const result = await inspect('id,name,note\n1,a,\n2,a,x\n')
    expect(result.ok && result.value.columns.map(({ filled, unique }) => [filled, unique])).toEqual([[true, true], [true, false], [false, false]])
  })

  it.each([
    ['no bytes', '', 'csv-broken: FILE: the file is empty.'],
    ['a nameless column', 'a,,c\n1,2,3\n', 'csv-broken: FILE: column 2 has no name.'],
    ['two columns of one name', 'a,A\n1,2\n', 'csv-broken: FILE: two columns are called "A".'],
    ['a template mark in a name', 'a,{{ b }}\n1,2\n', 'csv-broken: FILE: the column name "{{ b }}" has a dot, a control character or a template mark in it, or is too long.'],
    ['a ragged row', 'a,b\n1,2\n1,2,secret\n', 'csv-broken: FILE: the row on line 3 has more or fewer values than the first.'],
    ['a quote that is never closed', 'a,b\n1,"2\n3,4\n', 'csv-broken: FILE: a double quote is never closed.'],
    ['a quote in the middle of a value', 'a,b\n1,2"3"\n', 'csv-broken: FILE: a double quote stands in the middle of a value on line 2.'],
    ['Latin 1', Buffer.from('name\nGr\xfc\xdfe\n', 'latin1'), 'csv-broken: FILE: it is not text in UTF-8.'],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 'csv-broken: FILE: it is not text in UTF-8.'],
    ['a zip file', Buffer.from('PK\x03\x04\0\0\0\0a,b\n'), 'csv-broken: FILE: it is not text in UTF-8.'],
  ])('is refused in one sentence for %s', async (_name, content, said) => {
    expect((await inspect(content)).said).toEqual([said])
  })
})
