import { describe, expect, it } from 'vitest'
import { rowPrinter } from './print-rows.ts'
import type { RowFormat } from './print-rows.ts'

const COLUMNS = [
  { name: 'n', typeOid: 20 }, { name: 'f', typeOid: 701 }, { name: 't', typeOid: 25 }, { name: 'b', typeOid: 16 }, { name: 'j', typeOid: 3802 },
]

function print(format: RowFormat, rows: readonly (readonly (string | null)[])[], columns = COLUMNS): string {
  const lines: string[] = []
  const printer = rowPrinter(format, (line) => lines.push(line))
  printer.columns(columns)
  for (const row of rows) printer.row(row)
  printer.end('SELECT 1')
  return lines.join('\n')
}

const ROWS = [['9007199254740993', '1.5', 'a "b", c', 't', '{"x":1}'], ['-1', 'NaN', null, 'f', null], ['0', '1e+20', '', null, '[]']]

describe('rows as JSON', () => {
  it('keep every digit, and are what their types say', () => {
    expect(print('json', ROWS)).toBe(`[{"n":9007199254740993,"f":1.5,"t":"a \\"b\\", c","b":true,"j":{"x":1}}
,{"n":-1,"f":"NaN","t":null,"b":false,"j":null}
,{"n":0,"f":1e+20,"t":"","b":null,"j":[]}
]`)
  })

  it('are an empty list where there is none', () => expect(print('json', [])).toBe('[]'))
})

describe('rows as CSV', () => {
  it('tell nothing from the empty text, and quote what needs it', () => {
    expect(print('csv', ROWS)).toBe('n,f,t,b,j\n9007199254740993,1.5,"a ""b"", c",t,"{""x"":1}"\n-1,NaN,,f,\n0,1e+20,"",,[]')
  })
})

describe('rows as a table', () => {
  it('are aligned, numbers to the right, wide characters counted twice', () => {
    expect(print('text', [['1', '1.5', '東京', 't', '1'], ['200', '10', 'a', 'f', null]])).toBe(`  n │   f │ t    │ b │ j
────┼─────┼──────┼───┼──
  1 │ 1.5 │ 東京 │ t │ 1
200 │  10 │ a    │ f │ ∅
(2 rows)`)
  })

  it('cannot move the cursor, ring the bell, or break a line', () => {
    expect(print('text', [['\u001b[2J\u0007\u202e\n\t']], [{ name: 'x', typeOid: 25 }])).toContain('\n\\u001b[2J\\u0007\\u202e⏎\n')
  })

  it('go on with the widths of the first two thousand', () => {
    const rows = Array.from({ length: 2500 }, (_, i) => [String(i)])
    expect(print('text', [...rows, ['a long one at the end']], [{ name: 'x', typeOid: 25 }]).split('\n')).toHaveLength(2504)
  })

  it('say what a statement without rows did', () => expect(print('text', [], [])).toBe('SELECT 1'))
})
