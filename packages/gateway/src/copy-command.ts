// COPY … TO STDOUT, in the spellings of all PostgreSQLs since 7.3: tokens → what to copy, and how it is written. What a
// value of an option may be is what PostgreSQL takes, in its words.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { CopyOptions, InnerQuery } from './command.ts'
import type { ReadCommand, Words } from './command-words.ts'
import { quoteIdentifier } from '@tulle/sql'
import { foreignDiagnostic } from './sqlstate.ts'
import { messages } from './messages.ts'
import { wordsOf } from './command-words.ts'

/** Options as they are written, before they are held against each other. */
interface Written {
  format?: string
  delimiter?: string
  null?: string
  header?: boolean
  quote?: string
  escape?: string
  forceQuote?: 'all' | readonly string[]
}

export const readCopy: ReadCommand = (words, statement) => {
  const written: Written = words.skip('binary') ? { format: 'binary' } : {}
  const source = readSource(words, statement.text)
  if (!source.ok) return source
  if (words.skip('from')) return fail(messages['read-only']({ verb: 'COPY FROM' }))
  if (!words.skip('to')) return words.error()
  if (words.skip('program')) return fail(foreignDiagnostic('42501', 'permission denied to COPY to an external program', TO_CLIENT))
  if (words.string() !== undefined) return fail(foreignDiagnostic('42501', 'permission denied to COPY to a file', TO_CLIENT))
  // PostgreSQL takes either word.
  if (!words.skip('stdout') && !words.skip('stdin')) return words.error()
  const read = readOptions(words, written)
  if (!read.ok) return read
  if (words.left() > 0) return words.error()
  const options = settle(written)
  return options.ok ? ok({ kind: 'copy', query: source.value, options: options.value }) : options
}

const TO_CLIENT = { help: "Anyone can COPY to stdout. psql's \\copy command also works for anyone." }
const QUERIES: ReadonlySet<string> = new Set(['select', 'with', 'values', 'table', 'from'])

function readSource(words: Words, text: string): Result<InnerQuery> {
  const query = words.inner()
  if (query !== undefined) {
    const [first] = query.tokens
    if (first === undefined) return words.error()
    const isQuery = (first.kind === 'word' && QUERIES.has(first.value)) || first.value === '('
    // Whoever writes data there is told so; anything else is no query to PostgreSQL either.
    return isQuery || WRITES.has(first.value) ? ok({ text: text.slice(first.start, query.end), start: first.start }) : fail(messages['statement-syntax']({ what: `at or near "${first.value.slice(0, 60)}"` }))
  }
  const from = words.position()
  if (words.name(true) === undefined || from === undefined) return words.error()
  const until = words.position() ?? text.length
  const columns = words.inner()
  const listed = columns === undefined ? '*' : readNames(wordsOf(columns.tokens))?.map(quoteIdentifier).join(', ')
  return listed === undefined ? words.error() : ok({ text: `SELECT ${listed} FROM ${text.slice(from, until)}` })
}

const WRITES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge'])

/** Names between commas, and nothing behind them. */
function readNames(words: Words): readonly string[] | undefined {
  const names = readSome(words)
  return words.left() === 0 ? names : undefined
}

function readOptions(words: Words, written: Written): Result<void> {
  if (words.skip('using')) {
    words.skip('delimiters')
    const delimiter = words.string()
    if (delimiter === undefined) return words.error()
    written.delimiter = delimiter
  }
  words.skip('with')
  const listed = words.inner()
  return listed === undefined ? readOldOptions(words, written) : readListedOptions(wordsOf(listed.tokens), written)
}

const OLD_OPTIONS: ReadonlySet<string> = new Set(['csv', 'binary', 'header', 'delimiter', 'null', 'quote', 'escape', 'encoding', 'force'])

/** `CSV HEADER DELIMITER AS ';' FORCE QUOTE a, b`. */
function readOldOptions(words: Words, written: Written): Result<void> {
  while (words.left() > 0) {
    if (!OLD_OPTIONS.has(words.peek()?.value ?? '')) return words.error()
    const option = words.word()
    switch (option) {
      case 'csv': case 'binary':
        written.format = option
        break
      case 'header':
        written.header = true
        break
      case 'delimiter': case 'null': case 'quote': case 'escape': {
        words.skip('as')
        const value = words.string()
        if (value === undefined) return words.error()
        written[option] = value
        break
      }
      case 'encoding': {
        const encoding = readEncoding(words.string())
        if (!encoding.ok) return encoding
        break
      }
      case 'force': {
        if (!words.skip('quote')) return words.skip('not') || words.skip('null') ? fail(notWithTo('FORCE NOT NULL')) : words.error()
        const names = words.symbol('*') ? 'all' : readSome(words)
        if (names === undefined) return words.error()
        written.forceQuote = names
        break
      }
      default:
        return words.error()
    }
  }
  return ok(undefined)
}

function readSome(words: Words): readonly string[] | undefined {
  const names: string[] = []
  do {
    const name = words.name()
    if (name === undefined) return undefined
    names.push(name)
  } while (words.symbol(','))
  return names
}

/** `(FORMAT csv, HEADER, DELIMITER ';', FORCE_QUOTE (a, b))`. */
function readListedOptions(words: Words, written: Written): Result<void> {
  const given = new Set<string>()
  do {
    const option = words.word()
    if (option === undefined) return words.error()
    if (given.has(option)) return fail(foreignDiagnostic('42601', 'conflicting or redundant options'))
    given.add(option)
    switch (option) {
      case 'format': {
        const format = words.word() ?? words.string()
        if (format === undefined) return words.error()
        if (!['text', 'csv', 'binary'].includes(format)) return fail(foreignDiagnostic('22023', `COPY format "${format.slice(0, 60)}" not recognized`))
        written.format = format
        break
      }
      case 'header': {
        const value = valueOf(words)
        const header = HEADER[value ?? 'true']
        if (value === 'match') return fail(foreignDiagnostic('0A000', 'cannot use "match" with HEADER in COPY TO'))
        if (header === undefined) return fail(foreignDiagnostic('42601', 'header requires a Boolean value or "match"'))
        written.header = header
        break
      }
      case 'delimiter': case 'null': case 'quote': case 'escape': {
        const value = words.string()
        if (value === undefined) return words.error()
        written[option] = value
        break
      }
      case 'encoding': {
        const encoding = readEncoding(words.string() ?? words.word())
        if (!encoding.ok) return encoding
        break
      }
      case 'force_quote': {
        const columns = words.symbol('*') ? 'all' : words.inner()
        const names = columns === 'all' ? columns : columns && readNames(wordsOf(columns.tokens))
        if (names === undefined) return fail(foreignDiagnostic('22023', 'argument to option "force_quote" must be a list of column names'))
        written.forceQuote = names
        break
      }
      case 'freeze': case 'force_not_null': case 'force_null': case 'default': case 'on_error': case 'reject_limit': case 'log_verbosity':
        return fail(notWithTo(option.toUpperCase()))
      default:
        return fail(foreignDiagnostic('42601', `option "${option.slice(0, 60)}" not recognized`))
    }
  } while (words.symbol(','))
  return words.left() === 0 ? ok(undefined) : words.error()
}

const HEADER: Readonly<Record<string, boolean>> = { true: true, on: true, 1: true, false: false, off: false, 0: false }
const valueOf = (words: Words): string | undefined => (words.word() ?? words.string() ?? words.number()?.toString())?.toLowerCase()
const notWithTo = (option: string): Diagnostic => foreignDiagnostic('0A000', `COPY ${option} cannot be used with COPY TO`)

const readEncoding = (name: string | undefined): Result<void> =>
  /^(?:utf[-_]?8|unicode)$/iu.test(name ?? '') ? ok(undefined) : fail(foreignDiagnostic('22023', 'argument to option "encoding" must be a valid encoding name', { help: 'This port writes UTF8.' }))

/** Holds options against each other. */
function settle(written: Written): Result<CopyOptions> {
  const { format = 'text', header = false } = written
  const refused = (sqlstate: string, message: string): Result<never> => fail(foreignDiagnostic(sqlstate, message))
  if (format === 'binary') {
    const wrong = (['delimiter', 'null', 'quote', 'escape'] as const).find((name) => written[name] !== undefined) ?? (header ? 'header' : undefined)
    return wrong === undefined ? ok({ format }) : refused('42601', `cannot specify ${wrong.toUpperCase()} in BINARY mode`)
  }
  const csv = format === 'csv'
  const { delimiter = csv ? ',' : '\t', null: nothing = csv ? '' : '\\N', quote = '"', forceQuote = [] } = written
  const { escape = quote } = written
  if (!isOne(delimiter)) return refused('0A000', 'COPY delimiter must be a single one-byte character')
  if (/[\r\n]/u.test(delimiter)) return refused('22023', 'COPY delimiter cannot be newline or carriage return')
  if (/[\r\n]/u.test(nothing)) return refused('22023', 'COPY null representation cannot use newline or carriage return')
  if (!csv && /[\\.a-z0-9]/u.test(delimiter)) return refused('22023', `COPY delimiter cannot be "${delimiter}"`)
  if (nothing.includes(delimiter)) return refused('22023', 'COPY delimiter character must not appear in the NULL specification')
  if (!csv) {
    const wrong = written.quote !== undefined ? 'quote' : written.escape !== undefined ? 'escape' : written.forceQuote !== undefined ? 'force quote' : undefined
    return wrong === undefined ? ok({ format: 'text', delimiter, null: nothing, header }) : refused('0A000', `COPY ${wrong} available only in CSV mode`)
  }
  if (!isOne(quote)) return refused('0A000', 'COPY quote must be a single one-byte character')
  if (!isOne(escape)) return refused('0A000', 'COPY escape must be a single one-byte character')
  if (quote === delimiter) return refused('22023', 'COPY delimiter and quote must be different')
  if (nothing.includes(quote)) return refused('22023', 'CSV quote character must not appear in the NULL specification')
  return ok({ format: 'csv', delimiter, null: nothing, quote, escape, header, forceQuote })
}

const isOne = (text: string): boolean => text.length === 1 && text.charCodeAt(0) < 0x80 && text !== '\0'
