// DuckDB's error text as a diagnostic. Its text may quote values of rows that the reader must not see, names of hidden
// columns and paths of the machine, so nothing of it passes but names the reader wrote himself and the position.

import type { Diagnostic, Place } from '@tulle/kernel'
import { messages } from './messages.ts'

/** Reads a message such as `Binder Error: Referenced column "x" not found …`; `sql` is the statement that it is about. */
export function canonicalError(message: string, sql = ''): Diagnostic {
  const kind = /^(?<kind>[A-Z][A-Za-z -]*?) ?Error: /u.exec(message)?.groups?.['kind'] ?? ''
  const text = message.slice(message.indexOf('Error: ') + 7)
  const place = placeOf(message, sql)
  const where = place === undefined ? {} : { place }
  switch (kind) {
    case 'Parser':
      return messages['engine-syntax']({ detail: syntaxDetail(text, sql) }, where)
    case 'Catalog':
      return catalogError(text, where)
    case 'Binder':
      return binderError(text, where)
    case 'Conversion':
      return messages['engine-invalid-value']({ detail: conversionDetail(text) }, where)
    case 'Out of Range':
      return messages['engine-out-of-range']({}, where)
    case 'Divide by Zero':
      return messages['engine-division']({}, where)
    case 'Out of Memory':
      return messages['engine-out-of-memory']({})
    case 'INTERRUPT': case 'Interrupt':
      return messages['engine-cancelled']({})
    case 'IO':
      return /No space left|temp_directory_size|disk/iu.test(text) ? messages['engine-out-of-disk']({}) : messages['engine-denied']({}, where)
    case 'Permission': case 'Missing Extension':
      return messages['engine-denied']({}, where)
    case 'Not implemented':
      return messages['engine-unsupported']({}, where)
    case 'Invalid Input': case 'Invalid': case 'Invalid type': case 'Mismatch Type': case 'Constraint': case 'Parameter Not Resolved':
      return invalidInput(text, where)
    default:
      return messages['engine-internal']({})
  }
}

type Where = { readonly place?: Place }

function catalogError(text: string, where: Where): Diagnostic {
  const missing = /^(?<what>Table|View|Table Function|Scalar Function|Aggregate Function|Macro Function|Scalar Macro Function|Function|Schema|Type)(?: with name| Function with name)? (?<name>"?[^\n]{1,200}?"?) does not exist/u.exec(text)?.groups
  const name = (missing?.['name'] ?? '').replaceAll('"', '')
  if (missing === undefined) return messages['engine-unsupported']({}, where)
  if (missing['what']?.includes('Function') === true) return messages['engine-undefined-function']({ name }, where)
  if (missing['what'] === 'Type') return messages['engine-type']({ detail: `There is no type "${name}".` }, where)
  return messages['engine-undefined-table']({ name }, where)
}

function binderError(text: string, where: Where): Diagnostic {
  const column = /(?:Referenced column|Column|column) "(?<name>[^"\n]{1,200})"|does not have a column named "(?<other>[^"\n]{1,200})"/u.exec(text)?.groups
  if (column !== undefined && /not found|does not have a column|not exist/u.test(text)) {
    return messages['engine-undefined-column']({ name: column['other'] ?? column['name'] ?? '' }, where)
  }
  const call = /No function matches the given name and argument types '(?<name>[^'(\n]{1,100})\(/u.exec(text)?.groups
  if (call !== undefined) return messages['engine-undefined-function']({ name: call['name'] as string }, where)
  const table = /Referenced table "(?<name>[^"\n]{1,200})" not found/u.exec(text)?.groups
  if (table !== undefined) return messages['engine-undefined-table']({ name: table['name'] as string }, where)
  if (column !== undefined && /must appear in the GROUP BY/u.test(text)) {
    return messages['engine-type']({ detail: `Column "${column['name'] ?? ''}" must appear in GROUP BY or inside an aggregate.` }, where)
  }
  if (/Cannot compare values of type|Cannot mix values of type|explicit cast is required/u.test(text)) {
    return messages['engine-type']({ detail: 'These types cannot be compared or mixed; an explicit cast is required.' }, where)
  }
  if (/Ambiguous reference/u.test(text)) return messages['engine-type']({ detail: 'A column name is ambiguous here; write it with its table.' }, where)
  return messages['engine-type']({ detail: 'The statement does not fit together: a type, a name or the place of an expression is wrong.' }, where)
}

// "Could not convert string 'ana@example.org' to INT32": the type may pass, the value may not.
function conversionDetail(text: string): string {
  const target = /\bto (?:type )?(?<type>[A-Z][A-Z0-9_ ]{1,30})\b|destination type (?<other>[A-Z][A-Z0-9_]{1,30})/u.exec(text)?.groups
  const type = (target?.['other'] ?? target?.['type'])?.trim()
  return type === undefined ? 'Could not convert a value.' : `Could not convert a value to ${type}.`
}

function invalidInput(text: string, where: Where): Diagnostic {
  if (/More than one row returned by a subquery/u.test(text)) {
    return messages['engine-invalid-value']({ detail: 'A subquery used as an expression returned more than one row.' }, where)
  }
  if (/Values were not provided|the statement has \d+ parameters|Not all parameters were bound|parameter/iu.test(text)) {
    return messages['engine-invalid-value']({ detail: 'The values given do not match the parameters of the statement.' }, where)
  }
  if (/Cannot prepare multiple statements/u.test(text)) return messages['engine-syntax']({ detail: 'Only one statement may be sent at a time.' }, where)
  if (/No statement to prepare/u.test(text)) return messages['engine-syntax']({ detail: 'There is no statement.' }, where)
  return messages['engine-invalid-value']({ detail: 'A value is not valid for what is done with it.' }, where)
}

// A syntax error quotes only the statement itself.
function syntaxDetail(text: string, sql: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  const quoted = /at or near "(?<token>[^"]{1,100})"/u.exec(line)?.groups?.['token']
  if (/syntax error at end of input/u.test(line)) return 'Syntax error at the end of the statement.'
  if (quoted !== undefined && sql.includes(quoted)) return `Syntax error at or near "${quoted}".`
  return 'Syntax error.'
}

// "LINE 2: select nope from x" and a caret under the place. Long lines are cut at their head ("...").
function placeOf(message: string, sql: string): Place | undefined {
  const found = /\nLINE (?<line>\d+): (?<source>[^\n]*)\n(?<caret> *)\^/u.exec(message)?.groups
  if (found === undefined) return undefined
  const line = Number(found['line'])
  const source = sql.split('\n')[line - 1]
  const shown = found['source'] ?? ''
  const prefix = `LINE ${line}: `.length
  const offset = (found['caret'] ?? '').length - prefix
  if (source === undefined || offset < 0) return undefined
  const cut = shown.startsWith('...')
  const head = cut ? source.indexOf(shown.replace(/^\.\.\./u, '').replace(/\.\.\.$/u, '')) - 3 : 0
  return { file: 'statement', line, column: Math.max(1, head + offset + 1), source }
}
