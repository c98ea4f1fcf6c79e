import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactStatement, withParameters } from './redact-statement.ts'

const known = (name: string): boolean => ['passengers', 'flights', 'name', 'email', 'delay'].includes(name)
const redact = (sql: string): string => redactStatement(sql, known).text

describe('a statement as it is written down', () => {
  it.each([
    ["select name from passengers.passengers where email = 'ada@example.com' and delay > 15", 'select name from passengers.passengers where email = ?:text and delay > ?:int'],
    ["select 1.5, .5, 1e9, 0xFF, 1_000", 'select ?:decimal, ?:decimal, ?:decimal, ?:int, ?:int'],
    ["select date '1815-12-10', timestamp '2001-01-01', interval '3 days', true", 'select date ?:date, timestamp ?:timestamp, interval ?:interval, ?:bool'],
    ["select $tag$s3cret$tag$, $$s3cret$$, E's3\\'cret', U&'s3cret', X'53', B'01'", 'select ?:text, ?:text, ?:text, ?:text, ?:blob, ?:bits'],
    ['select name /* s3cret */ from flights -- s3cret', 'select name from flights'],
    ['select name as s3cret, email as "s3cret" from flights as s3cret', 'select name as ?:name, email as ?:name from flights as ?:name'],
    ['with s3cret as (select 1) select * from s3cret', 'with ?:name as (select ?:int) select * from ?:name'],
    ['select x.name, y.email from passengers as x join passengers as "Y" on x.id = y.id', 'select ?:name.name, ?:name2.email from passengers as ?:name join passengers as ?:name2 on ?:name.?:name3 = ?:name2.?:name3'],
    ["select s3cret('x'), \"Email\" from flights where name = $1 and delay = $4111111111111111", 'select ?:name(?:text), "Email" from flights where name = $1 and delay = ?:parameter'],
    ["select 'it''s' || lower(name)", 'select ?:text || lower(name)'],
    ["select 'never ends", '?:unreadable'],
    ['select name from flights where name = ‘s3cret’', 'select name from flights where name = ?:name'],
    ["select\r\n\tname\u001b[31m from flights", 'select name?:symbol[?:int?:name from flights'],
  ])('%s', (sql, expected) => {
    expect(redact(sql)).toBe(expected)
  })

  it('keeps apart what was replaced, in its order, and what was bound behind it', () => {
    const redacted = withParameters(redactStatement("select name from flights where email = 'a' and delay = $1 limit 5", known), ['Ada', 7n])
    expect(redacted.values).toEqual(["'a'", '5', { $1: 'Ada' }, { $2: '7' }])
  })

  const secret = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/).map((text) => `zq${text}`)
  const places: readonly ((secret: string) => string)[] = [
    (s) => `'${s}'`, (s) => `"${s}"`, (s) => s, (s) => `$${s}$ ${s} $${s}$`, (s) => `/* ${s} */ 1`, (s) => `-- ${s}\n 1`, (s) => `E'\\x41${s}'`, (s) => `U&'${s}'`, (s) => `name_${s}`, (s) => `name$${s}`, (s) => `1${s}`, (s) => `0x${s}`, (s) => `X'${s}'`,
    (s) => `'${s}' '${s}'`, (s) => `$$ ' ${s} $$`, (s) => `/* /* ${s} */ */ ${s}`, (s) => `"a""${s}"`, (s) => `'${s}`, (s) => `é${s}`, (s) => `:${s}`, (s) => `@${s}`, (s) => `#${s}`,
  ]
  it('has no secret in it, wherever that stood', () => {
    fc.assert(fc.property(secret, fc.array(fc.constantFrom(...places), { minLength: 1, maxLength: 6 }), (text, where) => {
      const sql = `select name, ${where.map((place) => place(text)).join(', ')} from passengers.passengers`
      const told = redact(sql)
      expect(told).not.toContain(text)
      expect(told).not.toContain(text.toLowerCase())
    }), { numRuns: 2000 })
  })

  it('is known words and signs alone, whatever the text was', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (sql) => {
      expect(redact(sql)).toMatch(/^[\u0020-\u007e]*…?$/)
    }), { numRuns: 2000 })
  })
})
