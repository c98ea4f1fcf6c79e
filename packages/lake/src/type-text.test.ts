import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldType } from './testing/arbitraries.ts'
import { parseType, printType } from './type-text.ts'

const KNOWN = 'boolean, int, long, float, double, date, time, timestamp, timestamptz, string, uuid, binary'

describe('a type in text', () => {
  it.each([
    ['STRING', 'string'], [' decimal( 9 ,2 ) ', 'decimal(9, 2)'], ['decimal(9)', 'decimal(9, 0)'], ['fixed[16]', 'fixed[16]'],
    ['list<string>', 'list<string>'], ['list< long  not  null >', 'list<long not null>'], ['map<string, list<int>>', 'map<string, list<int>>'],
    ['struct<a: int, b:string not null>', 'struct<a: int, b: string not null>'], ['struct<>', 'struct<>'],
    ['struct<"a: ""b""": date, Übergröße: time>', 'struct<"a: ""b""": date, Übergröße: time>'], ['struct<a-b: int>', 'struct<"a-b": int>'],
  ])('%j is %s', (text, printed) => {
    const parsed = parseType(text)
    expect(parsed.ok && printType(parsed.value)).toBe(printed)
  })

  it('prints so that it reads back equal, whatever it is', () => {
    fc.assert(fc.property(fieldType, (type) => {
      expect(parseType(printType(type))).toEqual({ ok: true, value: type, diagnostics: [] })
    }), { numRuns: 300 })
  })

  it.each([
    ['strng', 'unknown-type', '"strng" is not a type of the table format. Did you mean "string"?'],
    ['varchar', 'unknown-type', '"varchar" is not a type of the table format. Did you mean "string"?'],
    ['bigint', 'unknown-type', '"bigint" is not a type of the table format. Did you mean "long"?'],
    ['decimal', 'unknown-type', '"decimal" is not a type of the table format. Did you mean "decimal(p, s)"?'],
    ['toString', 'unknown-type', '"toString" is not a type of the table format. Did you mean "string"?'],
    ['constructor', 'unknown-type', '"constructor" is not a type of the table format.'],
    ['', 'bad-type', 'The type "" cannot be read at character 1: a type is expected.'],
    ['decimal(39, 0)', 'bad-type', 'The type "decimal(39, 0)" cannot be read at character 15: a decimal has 1 to 38 digits.'],
    ['decimal(2, 3)', 'bad-type', 'The type "decimal(2, 3)" cannot be read at character 14: a decimal has at most as many digits after the point as it has digits.'],
    ['list<string', 'bad-type', 'The type "list<string" cannot be read at character 12: ">" is expected.'],
    ['struct<a int>', 'bad-type', 'The type "struct<a int>" cannot be read at character 9: ":" is expected.'],
    ['string string', 'bad-type', 'The type "string string" cannot be read at character 8: nothing may follow the type.'],
    ['int not null', 'bad-type', 'The type "int not null" cannot be read at character 4: nothing may follow the type.'],
  ])('%j is refused as %s', (text, code, message) => {
    expect(parseType(text)).toMatchObject({ ok: false, diagnostics: [{ code, message }] })
  })

  it('names the types that there are', () => {
    expect(parseType('x').diagnostics[0]?.help).toBe(`The types are ${KNOWN}, decimal(p, s), fixed[n], list<…>, map<…, …> and struct<name: type, …>.`)
  })

  it('that never ends, or nests too deeply, is refused in a moment', () => {
    expect(parseType('list<'.repeat(10_000)).ok).toBe(false)
    expect(parseType(' '.repeat(1_000_000)).ok).toBe(false)
    expect(parseType(`struct<${'a: int, '.repeat(12_000)}`).ok).toBe(false)
  })
})
