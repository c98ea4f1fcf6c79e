// Everything the gateway says when it does not answer.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  // Rights
  'read-denied': {
    severity: 'error',
    message: (p: { who: string; table: string; reason: string; purpose: string | undefined }) => (p.reason === '' ? `${p.who} may not read ${p.table}.` : p.reason),
    help: (p: { who: string; table: string; reason: string; purpose: string | undefined }) =>
      `Ask for it: tulle access request ${p.table.split('.')[0]} --purpose ${p.purpose ?? '<purpose>'} --because "<why>"`,
  },
  'purpose-needed': {
    severity: 'error',
    message: (p: { table: string; purposes: readonly string[] }) => `Reading ${p.table} needs a purpose. Open to you: ${listed(p.purposes)}.`,
    help: (p: { table: string; purposes: readonly string[] }) => `SET tulle.purpose = '${p.purposes[0] ?? '…'}', connect with options=-ctulle.purpose=${p.purposes[0] ?? '…'} or as the user name+${p.purposes[0] ?? '…'}; over HTTP send the header X-Tulle-Purpose.`,
  },
  'rights-changed': {
    severity: 'error',
    message: (p: { table: string }) => `Your right to read ${p.table} changed while this result was open.`,
    help: () => 'Run the statement again to see what you may read now.',
  },
  'result-changed': {
    severity: 'error',
    message: () => 'The columns of this prepared statement changed since it was prepared.',
    help: () => 'Prepare it again.',
  },
  'filter-unsupported': { severity: 'error', message: (p: { table: string }) => `Which rows of ${p.table} may be read cannot be told now, so it answers nothing.`, help: () => 'What its row filter reads is not published, or lacks a column. The steward of the policy can see which.' },
  'account-gone': { severity: 'error', message: (p: { user: string }) => `This connection of "${p.user}" is over: the account was disabled, or the token that it came by is no longer good.`, help: () => 'Sign in again.' },
  'export-cut': {
    severity: 'error',
    message: (p: { product: string }) => `This takes more of ${p.product} than is usual, so it was stopped, and nothing more of ${p.product} is given to you.`,
    help: (p: { product: string }) => `The owners of ${p.product} and the stewards were told. They open the way again with: tulle audit thaw`,
  },
  'export-frozen': {
    severity: 'error',
    message: (p: { product: string }) => `Nothing of ${p.product} is given to you since a suspicious export was stopped.`,
    help: (p: { product: string }) => `The owners of ${p.product} and the stewards know. They open the way again with: tulle audit thaw`,
  },
  'limit-reached': { severity: 'error', message: (p: { what: string }) => `A policy gives you at most ${p.what}.`, help: () => 'Ask for less, or later.' },
  // Files
  'unknown-file': {
    severity: 'error',
    message: (p: { table: string; path: string }) => `There is no file ${JSON.stringify(p.path)} in ${p.table}.`,
    help: (p: { table: string }) => `List them with: select path from ${p.table}.`,
  },
  // Names
  'unknown-table': {
    severity: 'error',
    message: (p: { table: string; suggestion: string }) => `There is no table ${p.table}.${p.suggestion}`,
    help: () => 'A table is written product.data_set; \\dt lists those that you may read.',
  },
  'ambiguous-table': {
    severity: 'error',
    message: (p: { name: string; candidates: readonly string[] }) => `"${p.name}" is the name of ${p.candidates.length} tables that you may read.`,
    help: (p: { name: string; candidates: readonly string[] }) => `Write one of ${p.candidates.slice(0, 5).join(', ')}.`,
  },
  'nothing-published': {
    severity: 'error',
    message: (p: { table: string }) => `${p.table} has published nothing yet.`,
    help: (p: { table: string }) => `Its team runs it with: tulle run ${p.table.split('.')[0]}`,
  },
  'unknown-purpose': {
    severity: 'error',
    message: (p: { purpose: string; purposes: readonly string[] }) => `The purpose "${p.purpose}" is not open to you. Open to you: ${listed(p.purposes)}.`,
  },
  'two-purposes': {
    severity: 'error',
    message: (p: { first: string; second: string }) => `Two purposes are named: "${p.first}" and "${p.second}".`,
    help: () => 'Name one: in the options, behind the user name, or in the header X-Tulle-Purpose.',
  },
  // Versions
  'version-not-literal': {
    severity: 'error',
    message: () => 'A version or time must be written out here: a number, a text between quotes, or TIMESTAMP with one.',
    help: () => "Write FOR VERSION AS OF 123, FOR VERSION AS OF 'a tag' or FOR TIMESTAMP AS OF TIMESTAMP '2026-01-31 12:00:00'. Parameters and expressions are not taken.",
  },
  'version-misplaced': { severity: 'error', message: () => 'A version stands directly behind the name of a table, once.', help: () => 'Write FROM product.data_set FOR VERSION AS OF 123 AS alias.' },
  'bad-version': { severity: 'error', message: (p: { text: string }) => `"${p.text}" is not a version.`, help: () => 'Write the id of a snapshot, or the name of a tag between quotes.' },
  'bad-version-time': {
    severity: 'error',
    message: (p: { text: string }) => `"${p.text}" is not a time.`,
    help: () => "Write '2026-01-31 12:00:00', with +02:00 behind it where it is not UTC, or seconds since 1970.",
  },
  'unknown-version': {
    severity: 'error',
    message: (p: { table: string; version: string }) => `${p.table} has no version ${p.version} that was published.`,
    help: (p: { table: string; version: string }) => `tulle history ${p.table.split('.')[0]} lists those that were.`,
  },
  'version-not-visible': { severity: 'error', message: (p: { table: string; version: string }) => `Of the columns that ${p.table} had at ${p.version} you may read none.` },
  // Sign-in
  'sign-in-failed': {
    severity: 'error',
    message: (p: { user: string }) => `password authentication failed for user "${p.user}"`,
  },
  'too-many-sign-ins': {
    severity: 'error',
    message: (p: { user: string; seconds: number }) => `Too many failed sign-ins for "${p.user}". The next attempt is possible in ${p.seconds} s.`,
  },
  'user-missing': { severity: 'error', message: () => 'The connection names no user.' },
  'sign-in-timeout': { severity: 'error', message: (p: { seconds: number }) => `Sign-in took longer than ${p.seconds} s.` },
  'unknown-database': {
    severity: 'error',
    message: (p: { name: string; database: string }) => `database "${p.name}" does not exist`,
    help: (p: { name: string; database: string }) => `There is one database: ${p.database}`,
  },
  'tls-needed': { severity: 'error', message: () => 'This port takes encrypted connections only.', help: () => 'Connect with sslmode=require, or better sslmode=verify-full with the CA of Tulle.' },
  'too-many-connections': { severity: 'error', message: (p: { limit: number }) => `This port already serves ${p.limit} connections.`, help: () => 'Close some, or use a connection pool.' },
  'too-many-connections-of-account': { severity: 'error', message: (p: { user: string; limit: number }) => `too many connections for role "${p.user}": ${p.limit} are open`, help: () => 'Close some, or use a connection pool.' },
  'port-in-use': {
    severity: 'error',
    message: (p: { host: string; port: number; reason: string }) => `The SQL port cannot listen on ${p.host}:${p.port}: ${p.reason}.`,
    help: () => 'Stop what listens there, or choose another with TULLE_SQL_PORT.',
  },
  'tls-unavailable': {
    severity: 'error',
    message: (p: { folder: string; reason: string }) => `The certificates in ${p.folder} can be neither read nor made: ${p.reason}.`,
    help: () => 'Make the folder writable for the user that runs Tulle.',
  },
  // Protocol
  'protocol-violation': { severity: 'error', message: (p: { what: string }) => `Protocol violation: ${p.what}.` },
  'unsupported-protocol': { severity: 'error', message: (p: { major: number; minor: number }) => `Unsupported frontend protocol ${p.major}.${p.minor}: this server speaks 3.0.` },
  'bad-text': { severity: 'error', message: () => 'invalid byte sequence for encoding "UTF8"' },
  'idle-in-transaction': { severity: 'error', message: () => 'terminating connection due to idle-in-transaction timeout' },
  'idle-session': { severity: 'error', message: () => 'terminating connection due to idle-session timeout' },
  'idle-too-long': { severity: 'error', message: (p: { seconds: number }) => `The connection was idle for ${p.seconds} s and is closed.` },
  'client-gone': { severity: 'error', message: () => 'The client left, or did not read its answer, while it was sent.' },
  'server-stopping': { severity: 'error', message: () => 'Tulle is stopping.' },
  // Statements
  'read-only': {
    severity: 'error',
    message: (p: { verb: string }) => `cannot execute ${p.verb} in a read-only transaction`,
    help: () => 'The SQL port reads. Data products are changed by their files and runs: tulle apply, tulle run.',
  },
  'unsupported-statement': { severity: 'error', message: (p: { verb: string }) => `${p.verb} is not offered on this port.`, help: () => 'It answers SELECT, COPY TO STDOUT, EXPLAIN, SHOW, SET of session settings, prepared statements, cursors, and transactions that read.' },
  'transaction-failed': { severity: 'error', message: () => 'current transaction is aborted, commands ignored until end of transaction block' },
  'statement-syntax': { severity: 'error', message: (p: { what: string }) => `syntax error ${p.what}` },
  'statement-too-long': { severity: 'error', message: (p: { limit: number }) => `The statement is longer than ${p.limit / 1024} KB.` },
  'too-many-statements': { severity: 'error', message: (p: { limit: number }) => `One message holds more than ${p.limit} statements.` },
  'statement-cancelled': { severity: 'error', message: () => 'canceling statement due to user request' },
  'statement-timeout': { severity: 'error', message: () => 'canceling statement due to statement timeout' },
  'unknown-prepared-statement': { severity: 'error', message: (p: { name: string }) => `prepared statement "${p.name}" does not exist` },
  'duplicate-prepared-statement': { severity: 'error', message: (p: { name: string }) => `prepared statement "${p.name}" already exists` },
  'unknown-cursor': { severity: 'error', message: (p: { name: string }) => `portal "${p.name}" does not exist` },
  'duplicate-cursor': { severity: 'error', message: (p: { name: string }) => `cursor "${p.name}" already exists` },
  'cursor-limit': { severity: 'error', message: (p: { limit: number }) => `A session holds at most ${p.limit} prepared statements and open cursors.` },
  'cursor-backward': { severity: 'error', message: () => 'cursor can only scan forward', help: () => 'Declare the query again to read it from its start.' },
  'cursor-outside-transaction': { severity: 'error', message: () => 'DECLARE CURSOR can only be used in transaction blocks' },
  'several-statements': { severity: 'error', message: () => 'cannot insert multiple commands into a prepared statement' },
  'wrong-parameter-count': { severity: 'error', message: (p: { given: number; wanted: number }) => `bind message supplies ${p.given} parameters, but the prepared statement requires ${p.wanted}` },
  'bad-parameter': { severity: 'error', message: (p: { index: number; type: string }) => `Parameter $${p.index} is not a valid ${p.type}.` },
  'bad-binary-parameter': { severity: 'error', message: (p: { index: number; type: string }) => `Parameter $${p.index} is not a valid binary ${p.type}.`, help: () => 'Send it as text.' },
  // Settings
  'unknown-setting': { severity: 'error', message: (p: { name: string; suggestion: string }) => `unrecognized configuration parameter "${p.name}".${p.suggestion}` },
  'fixed-setting': { severity: 'error', message: (p: { name: string }) => `parameter "${p.name}" cannot be changed` },
  'bad-setting': { severity: 'error', message: (p: { name: string; value: string; wanted: string }) => `invalid value for parameter "${p.name}": "${p.value}"`, help: (p: { name: string; value: string; wanted: string }) => `It takes ${p.wanted}.` },
  // Introspection
  'catalogue-refused': {
    severity: 'error',
    message: (p: { what: string }) => `permission denied for ${p.what}`,
    help: () => 'Catalogue queries may use the tables and functions that describe tables, columns, types and keys.',
  },
  'catalogue-mixed': { severity: 'error', message: () => 'A statement reads either the catalogue or data, not both.', help: () => 'Ask them one after the other.' },
  'catalogue-unavailable': { severity: 'error', message: (p: { reason: string }) => `The catalogue server does not answer: ${p.reason}`, help: () => 'Governed queries work without it. See: tulle doctor' },
  'catalogue-too-large': { severity: 'error', message: (p: { megabytes: number }) => `The catalogue's answer is larger than ${p.megabytes} MB.`, help: () => 'Ask for fewer rows.' },
  // Engines
  'engines-busy': { severity: 'error', message: (p: { limit: number }) => `All ${p.limit} engines are running statements.`, help: () => 'Try again in a moment.' },
  'slice-too-large': {
    severity: 'error',
    message: (p: { table: string; megabytes: number }) => `The rows of ${p.table} that you may read are more than ${p.megabytes} MB, which is the room for such rows.`,
    help: () => 'Ask who runs Tulle for more room (TULLE_SLICE_MEGABYTES), or ask for access to fewer columns or rows.',
  },
  'slice-failed': { severity: 'error', message: (p: { table: string }) => `The rows of ${p.table} that you may read could not be put apart from the others.`, help: () => 'Try again in a minute; if it stays so, the row filter of a policy or grant may fail, or the machine lacks memory or disk. See: tulle doctor' },
  'files-missing': { severity: 'error', message: (p: { table: string }) => `A data file of ${p.table} could not be opened.`, help: () => 'See: tulle doctor' },
  // REST data port
  'unknown-column': { severity: 'error', message: (p: { column: string; table: string; suggestion: string }) => `${p.table} has no column "${p.column}".${p.suggestion}` },
  'bad-filter': { severity: 'error', message: (p: { text: string }) => `"${p.text}" is not a filter.`, help: () => 'Write column=op.value with op one of eq, neq, gt, gte, lt, lte, in, nin, like, ilike, is: delay=gte.30, origin=in.(JFK,LAX), destination=is.null' },
  'bad-order': { severity: 'error', message: (p: { text: string }) => `"${p.text}" is not an order.`, help: () => 'Write order=column.desc,other.asc' },
  'bad-limit': { severity: 'error', message: (p: { text: string; maximum: number }) => `"${p.text}" is not a limit.`, help: (p: { text: string; maximum: number }) => `Write a whole number from 0 to ${p.maximum}.` },
  'two-versions': { severity: 'error', message: () => 'A query names one version: either a snapshot or a time.', help: () => 'Leave out snapshot or asOf.' },
  'bad-cursor': { severity: 'error', message: () => 'The cursor is not one of this query, or its snapshot is no longer kept.', help: () => 'Start again without a cursor.' },
  'bad-format': { severity: 'error', message: (p: { format: string }) => `"${p.format}" is not a format.`, help: () => 'Choose json, ndjson, csv, arrow or parquet.' },
  'wrong-operator': { severity: 'error', message: (p: { text: string; type: string; operators: readonly string[] }) => `"${p.text}" cannot be asked of a column of type ${p.type}.`, help: (p: { operators: readonly string[] }) => `It may be asked by ${p.operators.join(', ')}.` },
  // Files
  'link-not-signed': { severity: 'error', message: () => 'This is no link that this Tulle has signed.', help: () => 'Ask for a new one: tulle files link.' },
  'link-expired': { severity: 'error', message: (p: { at: string }) => `The link ended at ${p.at}.`, help: () => 'Ask for a new one: tulle files link.' },
  'bad-expiry': { severity: 'error', message: (p: { days: number }) => `A link lasts from a second to ${p.days} days.`, help: () => 'Name a time within that, such as 1h.' },
  'file-too-large': { severity: 'error', message: (p: { megabytes: number }) => `The file would be larger than all files together may be: ${p.megabytes} MB.`, help: () => 'Choose columns, or take the rows from the REST port, which streams; whoever runs this Tulle may set TULLE_FILES_MEGABYTES.' },
  'no-row-key': { severity: 'error', message: (p: { table: string }) => `The rows of ${p.table} have no key to be named by.`, help: () => 'Say primaryKey: true of a column in its contract, or ask with a condition.' },
  'row-key-hidden': { severity: 'error', message: (p: { table: string; columns: readonly string[] }) => `The rows of ${p.table} are named by ${p.columns.join(', ')}, which you do not see.`, help: () => 'Ask for access to it, or ask with conditions on other columns.' },
  'bad-row-key': { severity: 'error', message: (p: { table: string; columns: readonly string[] }) => `A row of ${p.table} is named by ${p.columns.length === 1 ? 'one value' : `${p.columns.length} values`}: ${p.columns.join(', ')}.`, help: (p: { columns: readonly string[] }) => `Write …/rows/${p.columns.map((name) => `<${name}>`).join('/')}, each percent-encoded.` },
  'unknown-row': { severity: 'error', message: (p: { table: string; key: string }) => `${p.table} has no row ${JSON.stringify(p.key)} that you may see.`, help: () => 'It may never have been there, or is not in this snapshot.' },
  'row-not-alone': { severity: 'error', message: (p: { table: string; columns: readonly string[] }) => `Several rows of ${p.table} have this ${p.columns.join(', ')}, as you see them.`, help: () => 'A mask makes different keys alike; ask with a condition instead.' },
})

const listed = (purposes: readonly string[]): string => (purposes.length === 0 ? 'none' : purposes.join(', '))
