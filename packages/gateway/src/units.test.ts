import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommand } from './commands.ts'
import { messages } from './messages.ts'
import { withEngineCasts } from './pg-wire/engine-casts.ts'
import { withFormatCalls } from './pg-wire/format-calls.ts'
import { readParameters } from './pg-wire/parameters.ts'
import { createSettings } from './settings.ts'
import { SQLSTATES, toSqlError } from './sqlstate.ts'
import { splitStatements } from './statement-text.ts'
import { valueOf } from './testing.ts'
import { readOrMakeTls } from './tls.ts'

const split = (text: string): string[] => valueOf(splitStatements(text)).map((statement) => statement.text)
const command = (text: string): unknown => {
  const [statement] = valueOf(splitStatements(text))
  const read = parseCommand(statement as never)
  return read.ok ? read.value : read.diagnostics[0]?.code
}

describe('a text of several statements', () => {
  it.each<[string, string[]]>([
    ['select 1; select 2;', ['select 1', 'select 2']],
    [` ;; select ';' ; -- ; \n select "a;b"`, [`select ';' `, 'select "a;b"']],
    ['select $$ ; $$; select $x$ $$ ; $x$', ['select $$ ; $$', 'select $x$ $$ ; $x$']],
    ['/* ; /* nested; */ ; */ select 1', ['select 1']],
    [`select E'\\';'; select U&'d;'`, [`select E'\\';'`, `select U&'d;'`]],
    [`select 'it''s;'; select 1`, [`select 'it''s;'`, 'select 1']],
    ['', []],
  ])('%j', (text, expected) => expect(split(text)).toEqual(expected))
  it.each(['select \'', 'select "', '/* /* */', 'select $a$ $b$'])('%j ends in the middle, which is said', (text) => {
    const result = splitStatements(text)
    expect(result.ok ? '' : result.diagnostics[0]?.code).toBe('statement-syntax')
  })
  it('any text is cut without an end of ours, and its statements are parts of it', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      const result = splitStatements(text)
      if (result.ok) for (const statement of result.value) expect(text.slice(statement.offset)).toContain(statement.text)
    }))
  })
})

describe('commands', () => {
  it.each<[string, unknown]>([
    ['BEGIN ISOLATION LEVEL SERIALIZABLE', { kind: 'begin', tag: 'BEGIN' }],
    ['start transaction read only', { kind: 'begin', tag: 'START TRANSACTION' }],
    ['rollback work to savepoint "A b"', { kind: 'rollback-to', name: 'A b' }],
    [`SET application_name = 'x'`, { kind: 'set', name: 'application_name', value: 'x', local: false }],
    ['set session datestyle to iso, mdy', { kind: 'set', name: 'datestyle', value: 'iso, mdy', local: false }],
    ['SET LOCAL statement_timeout TO DEFAULT', { kind: 'set', name: 'statement_timeout', value: undefined, local: true }],
    [`set time zone 'UTC'`, { kind: 'set', name: 'TimeZone', value: 'UTC', local: false }],
    [`set names 'utf8'`, { kind: 'set', name: 'client_encoding', value: 'utf8', local: false }],
    [`set tulle.purpose = 'support'`, { kind: 'set', name: 'tulle.purpose', value: 'support', local: false }],
    ['set session characteristics as transaction read only', { kind: 'accepted', tag: 'SET' }],
    ['show transaction isolation level', { kind: 'show', name: 'transaction_isolation' }],
    ['discard all', { kind: 'discard', what: 'ALL' }],
    ['deallocate prepare "p"', { kind: 'deallocate', name: 'p' }],
    ['declare c binary no scroll cursor with hold for select 1', { kind: 'declare', name: 'c', hold: true, binary: true, query: { text: 'select 1', start: 48 } }],
    ['fetch forward all from c', { kind: 'fetch', name: 'c', count: Infinity, move: false }],
    ['fetch c', { kind: 'fetch', name: 'c', count: 1, move: false }],
    ['move 10 in c', { kind: 'fetch', name: 'c', count: 10, move: true }],
    ['fetch backward 1 from c', 'cursor-backward'],
    ['close all', { kind: 'close-cursor', name: undefined }],
    ['set', 'statement-syntax'],
    ['set a', 'statement-syntax'],
    ['delete from x', 'read-only'],
    ['listen x', 'unsupported-statement'],
    ['select 1', undefined],
    ['with x as (select 1) select * from x', undefined],
    ['(select 1)', undefined],
  ])('%s', (text, expected) => expect(command(text)).toEqual(expected))
})

describe('settings', () => {
  const make = () => createSettings({ user: 'ana', purpose: { now: () => undefined, wish: () => undefined, choose: () => ({ ok: true, value: undefined, diagnostics: [] }) } })
  it.each<[string, string, string]>([
    ['statement_timeout', '2min', '2min'], ['statement_timeout', 'soon', 'bad-setting'], ['client_encoding', 'utf-8', 'UTF8'], ['client_encoding', 'LATIN1', 'bad-setting'],
    ['datestyle', 'ISO', 'ISO, MDY'], ['DateStyle', 'German', 'bad-setting'], ['timezone', 'Europe/Berlin', 'bad-setting'], ['TimeZone', 'Etc/UTC', 'UTC'], ['server_version', '1', 'fixed-setting'],
    ['is_superuser', 'on', 'fixed-setting'], ['work_mem', '1GB', 'unknown-setting'], ['extra_float_digits', '3', '3'], ['application_name', 'a\nb', 'bad-setting'],
  ])('%s = %s', (name, value, expected) => {
    const settings = make()
    const set = settings.set(name, value)
    expect(set.ok ? valueOf(settings.show(name)) : set.diagnostics[0]?.code).toBe(expected)
  })
  it('roll back with their transaction', () => {
    const settings = make()
    const restore = settings.save()
    settings.set('application_name', 'x')
    restore()
    expect(valueOf(settings.show('application_name'))).toBe('')
  })
})

const hex = (groups: string): Buffer => Buffer.from(groups.replaceAll(' ', ''), 'hex')

describe('casts that the engine reads otherwise', () => {
  it.each<[string, string]>([
    [String.raw`select '\x6162'::bytea`, `select unhex('6162')`],
    [String.raw`select e'\\x6162' :: bytea, '\x'::bytea`, `select unhex('6162'), unhex('')`],
    [`select 'abc'::bytea, x::bytea`, `select 'abc'::bytea, x::bytea`],
    [`select '1.2345'::numeric, 5::numeric, x::numeric, x::numeric(9, 2)`, `select '1.2345'::DECIMAL(38, 4), 5::DECIMAL(38, 0), x::DECIMAL(38, 9), x::numeric(9, 2)`],
    [`select cast(a as numeric), cast(1.5 as decimal), cast($1 as numeric)`, `select cast(a as DECIMAL(38, 9)), cast(1.5 as DECIMAL(38, 1)), cast($1 as DECIMAL(38, 9))`],
    [`select '{1,NULL}'::int8[], '{"it''s"}'::text[]`, `select '[1, NULL]'::int8[], '["it''s"]'::text[]`],
    [`select numeric, "a"::text, 1 as decimal, '::numeric' from t -- ::numeric`, `select numeric, "a"::text, 1 as decimal, '::numeric' from t -- ::numeric`],
  ])('%s', (text, expected) => {
    const [statement] = valueOf(splitStatements(text))
    expect(statement && withEngineCasts(statement).text).toBe(expected)
  })

  it('leaves a statement without them as it is', () => {
    const [statement] = valueOf(splitStatements('select 1::int'))
    expect(statement && withEngineCasts(statement)).toBe(statement)
  })
})

describe('calls that read or write times by a pattern', () => {
  it.each<[string, string]>([
    [`select * from f where at >= TO_TIMESTAMP('2001-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')`, `select * from f where at >= cast(strptime('2001-01-01 00:00:00.000000', '%Y-%m-%d %H:%M:%S.%f') as timestamptz)`],
    [`select to_date($1, 'YYYY-MM-DD')`, `select cast(strptime($1, '%Y-%m-%d') as date)`],
    [`select to_char(to_date(a || f(b, c), 'DD.MM.YYYY'), 'FMMonth YYYY, "at 100%"HH12 PM') from t`, `select strftime(cast(strptime(a || f(b, c), '%d.%m.%Y') as date), '%B %Y, at 100%%%I %p') from t`],
    [`select to_char(d, 'IYYY-IW'), to_timestamp(x, 'IYYY-IW')`, `select strftime(d, '%G-%V'), to_timestamp(x, 'IYYY-IW')`],
  ])('%s', (text, expected) => {
    const [statement] = valueOf(splitStatements(text))
    expect(statement && withFormatCalls(statement).text).toBe(expected)
  })

  it.each([
    'select to_timestamp(1)', `select to_timestamp(x, p)`, `select to_char(1.5, '9.99')`, `select to_char(d, 'Month')`, `select to_char(d, 'yyyy')`, `select to_char(a, b, 'YYYY')`, `select pg_catalog.to_char(d, 'YYYY')`,
    `select to_char(, 'YYYY')`, `select "to_char"(d, 'YYYY')`, `select 'to_char(d, ''YYYY'')' -- to_char(d, 'YYYY')`, `select to_date(d, 'YYYY'`, `select to_char(d, 'YYYY' || x)`,
  ])('leaves %s as it is', (text) => {
    const [statement] = valueOf(splitStatements(text))
    expect(statement && withFormatCalls(statement)).toBe(statement)
  })
})

describe('parameters', () => {
  it.each<[string, number, 0 | 1, Buffer, unknown]>([
    ['bytes in hexadecimal', 17, 0, Buffer.from(String.raw`\x6100fF`), String.raw`\x61\x00\xff`],
    ['bytes with escapes', 17, 0, Buffer.from(String.raw`a\\\377ż`), String.raw`\x61\x5c\xff\xc5\xbc`],
    ['bytes that are cut short', 17, 0, Buffer.from(String.raw`\x610`), 'bad-parameter'],
    ['a binary list', 1007, 1, hex('00000001 00000001 00000017 00000003 00000001 00000004 00000007 ffffffff 00000004 fffffffb'), '["7", NULL, "-5"]'],
    ['a binary list of texts', 1009, 1, hex('00000001 00000000 00000019 00000001 00000001 00000004 225c5d0a'), '["\\"\\\\]\n"]'],
    ['a binary list of lists', 1005, 1, hex('00000002 00000000 00000015 00000001 00000001 00000002 00000001 00000002 0001 00000002 0002'), '[["1", "2"]]'],
    ['an empty binary list', 1016, 1, hex('00000000 00000000 00000014'), '[]'],
    ['a binary list that promises more than it has', 1007, 1, hex('00000001 00000000 00000017 7fffffff 00000001 00000004 00000007'), 'bad-binary-parameter'],
  ])('%s', (_, oid, format, bytes, expected) => {
    const read = readParameters({ values: [bytes], formats: [format], types: [oid] })
    expect(read.ok ? read.value[0] : read.diagnostics[0]?.code).toEqual(expected)
  })

  const numeric = (text: string): Buffer => {
    const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
    const padded = whole.padStart(Math.ceil(whole.length / 4) * 4, '0') + fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0')
    const groups = padded.match(/.{4}/g)?.map(Number) ?? []
    const bytes = Buffer.alloc(8 + groups.length * 2)
    bytes.writeInt16BE(groups.length, 0)
    bytes.writeInt16BE(Math.ceil(whole.length / 4) - 1, 2)
    bytes.writeUInt16BE(text.startsWith('-') ? 0x4000 : 0, 4)
    bytes.writeInt16BE(fraction.length, 6)
    groups.forEach((group, i) => bytes.writeInt16BE(group, 8 + i * 2))
    return bytes
  }
  it('a binary numeric is read as it was written', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.stringMatching(/^[0-9]{0,12}$/), (whole, fraction) => {
      const text = `${whole}${fraction === '' ? '' : `.${fraction}`}`
      expect(valueOf(readParameters({ values: [numeric(text)], formats: [1], types: [1700] }))).toEqual([text])
    }))
  })
  it.each<[string, string | undefined]>([
    ['{1,2,3}', '[1, 2, 3]'], ['{}', '[]'], ['{a,NULL,"b \\"c\\" , d"}', '["a", NULL, "b \\"c\\" , d"]'], ['{{1,2},{3}}', '[[1, 2], [3]]'], [`{it's}`, `["it's"]`], ['{', undefined], ['}', undefined], ['{1}{2}', undefined], ['1,2', undefined], ['', undefined],
  ])('the array %s', (text, expected) => {
    const read = readParameters({ values: [Buffer.from(text)], formats: [0], types: [1009] })
    expect(read.ok ? read.value[0] : undefined).toBe(expected)
  })
  it('any bytes of any type are a value or a diagnostic', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0, 16, 17, 20, 21, 23, 25, 26, 114, 700, 701, 1042, 1082, 1083, 1114, 1184, 1186, 1700, 2950, 3802, 1007, 1009, 99_999), fc.constantFrom<0 | 1>(0, 1), (bytes, oid, format) => {
      const read = readParameters({ values: [Buffer.from(bytes)], formats: [format], types: [oid] })
      expect(read.ok || ['bad-parameter', 'bad-binary-parameter'].includes(read.diagnostics[0]?.code ?? '')).toBe(true)
    }), { numRuns: 2000 })
  })
  it.each<[string, number, string, string]>([
    ['a moment before 2000', 1114, 'ffffffffffffffff', '1999-12-31 23:59:59.999999'], ['a moment with its zone', 1184, '0000000000000000', '2000-01-01 00:00:00.000000+00'],
    ['a date long ago', 1082, 'ffffffff', '1999-12-31'], ['a time', 1083, '0000000000000001', '00:00:00.000001'],
  ])('%s', (_, oid, hex, expected) => expect(valueOf(readParameters({ values: [Buffer.from(hex, 'hex')], formats: [1], types: [oid] }))).toEqual([expected]))
})

describe('errors', () => {
  it('every code that the SQL port can meet has its SQLSTATE', () => {
    // Of REST ports and files behind links alone.
    const elsewhere = /^(unknown-(column|file|row)|bad-(filter|order|limit|cursor|format|expiry|row-key)|wrong-operator|link-(not-signed|expired)|file-too-large|no-row-key|row-(key-hidden|not-alone)|tls-unavailable|port-in-use)$/
    expect(Object.keys(messages).filter((code) => SQLSTATES[code] === undefined && !elsewhere.test(code))).toEqual([])
    expect(Object.values(SQLSTATES).filter((state) => !/^[0-9A-Z]{5}$/.test(state))).toEqual([])
  })
  it('a place becomes a position in characters', () => {
    expect(toSqlError({ code: 'x', severity: 'error', message: '', place: { file: 'statement', line: 2, column: 8 } }, 'select 😀,\n  1 + nope').position).toBe(18)
  })
})

describe('certificates', () => {
  it('are made once, with keys that nobody else reads, for the hosts that are asked for', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'tulle-tls-')), 'tls')
    const now = Date.now()
    const first = valueOf(await readOrMakeTls({ folder, hosts: ['localhost', '127.0.0.1'], now }))
    expect(valueOf(await readOrMakeTls({ folder, hosts: ['localhost'], now })).certificate).toBe(first.certificate)
    for (const name of ['ca-key.pem', 'server-key.pem']) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    const ca = await readFile(first.caPath, 'utf8')
    const other = valueOf(await readOrMakeTls({ folder, hosts: ['data.example'], now }))
    expect(new X509Certificate(other.certificate).checkHost('data.example')).toBe('data.example')
    expect(await readFile(first.caPath, 'utf8')).toBe(ca)
    const later = valueOf(await readOrMakeTls({ folder, hosts: ['data.example'], now: now + 380 * 86_400_000 }))
    expect(later.certificate).not.toBe(other.certificate)
    expect(new X509Certificate(later.certificate).verify(new X509Certificate(ca).publicKey)).toBe(true)
  })
})
