// What can be wrong with a statement or a model.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'sql-syntax': { severity: 'error', message: (p: { detail: string }) => p.detail },
  'sql-too-long': {
    severity: 'error',
    message: (p: { bytes: number; limit: number }) => `The statement has ${p.bytes} bytes; at most ${p.limit} are allowed.`,
    help: () => 'Send values as parameters, or load them as a data set of their own.',
  },
  'sql-too-complex': {
    severity: 'error',
    message: (p: { what: string; limit: number }) => `The statement has too many ${p.what}; at most ${p.limit} are allowed.`,
    help: () => 'Split it into steps with WITH, or simplify the expression.',
  },
  'sql-one-statement': { severity: 'error', message: (p: { count: number }) => `Exactly one statement is expected, not ${p.count}.` },
  'sql-not-select': {
    severity: 'error',
    message: () => 'Only SELECT statements are allowed here.',
    help: () => 'Data changes by runs of a data product, not by statements.',
  },
  'sql-not-allowed': { severity: 'error', message: (p: { what: string }) => `${p.what} is not allowed here.` },
  'sql-unknown-table': {
    severity: 'error',
    message: (p: { name: string }) => `There is no table "${p.name}" that you may read.`,
    help: () => 'Write product.data_set; the catalogue lists the products, and a grant lets you read one.',
  },
  'sql-function-not-allowed': {
    severity: 'error',
    message: (p: { name: string; suggestion: string }) => `The function "${p.name}" is not allowed here.${p.suggestion}`,
    help: () => 'Functions are allowed one by one, after a review; ask the platform team for one that is missing.',
  },
  'sql-method-call': {
    severity: 'error',
    message: (p: { name: string; schema: string }) => `"${p.schema}.${p.name}(…)" names a function in a schema, which is not allowed.`,
    help: (p: { name: string; schema: string }) => `Write ${p.name}(${p.schema}, …) where ${p.schema} is a column.`,
  },
  'sql-unbounded-size': {
    severity: 'error',
    message: (p: { name: string; limit: number }) => `The size that "${p.name}" is asked for must be a number of at most ${p.limit}, written out and not nested in another such call.`,
  },
  'sql-version-not-literal': {
    severity: 'error',
    message: () => 'A version or time must be written out here: a number, a text between quotes, or TIMESTAMP with one.',
    help: () => "Write FOR VERSION AS OF 123, FOR VERSION AS OF 'a tag' or FOR TIMESTAMP AS OF TIMESTAMP '2026-01-31 12:00:00'. Parameters and expressions are not taken.",
  },
  'condition-empty': { severity: 'error', message: () => 'The condition is empty.', help: () => 'Leave it out where all rows are wanted.' },
  'condition-too-long': { severity: 'error', message: (p: { limit: number }) => `The condition has more than ${p.limit} characters.` },
  'condition-sign': {
    severity: 'error',
    message: (p: { sign: string }) => `A condition may not hold ${p.sign}, not even within a text.`,
    help: () => 'It is put into other SQL, where a comment or a parameter would change what surrounds it.',
  },
  'condition-not-one-expression': {
    severity: 'error',
    message: () => 'A condition is one expression over the row, and nothing else.',
    help: () => "For example region = 'EU' and delay > 15.",
  },
  'condition-reads-table': {
    severity: 'error',
    message: () => 'A condition may not read a table.',
    help: () => 'It is asked of each row by itself, with the columns of that row.',
  },
  'condition-not-allowed': { severity: 'error', message: (p: { what: string }) => `${p.what} may not stand in a condition.` },
  'condition-unknown-column': {
    severity: 'error',
    message: (p: { column: string; hint: string; known: readonly string[] }) => `The row has no column "${p.column}".${p.hint}`,
    help: (p: { known: readonly string[] }) => `It has ${p.known.join(', ')}.`,
  },
})
