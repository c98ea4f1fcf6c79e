// Everything that can go wrong in the lake, each with its remedy. Codes are never renamed or reused.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'

const ours = 'The table is as it was. Restore the file from a backup, or roll the table back to an older metadata file.'

export const messages = defineDiagnostics({
  // types and schemas
  'unknown-type': {
    severity: 'error',
    message: (p: { type: string; known: readonly string[]; instead?: string }) =>
      `"${p.type}" is not a type of the table format.${p.instead === undefined ? didYouMean(p.type, p.known) : ` Did you mean "${p.instead}"?`}`,
    help: (p: { known: readonly string[] }) => `The types are ${p.known.join(', ')}, decimal(p, s), fixed[n], list<…>, map<…, …> and struct<name: type, …>.`,
  },
  'bad-type': {
    severity: 'error',
    message: (p: { text: string; at: number; problem: string }) => `The type "${p.text}" cannot be read at character ${p.at}: ${p.problem}.`,
    help: () => 'Write for example decimal(9, 2), list<string>, map<string, long> or struct<id: long not null, "full name": string>.',
  },
  'bad-column-name': {
    severity: 'error',
    message: (p: { column: string; problem: string }) => `The column name ${JSON.stringify(p.column)} cannot be used: ${p.problem}.`,
    help: () => 'A column name has 1 to 255 characters and no control characters.',
  },
  'duplicate-column': {
    severity: 'error',
    message: (p: { column: string; other: string }) => `The columns "${p.other}" and "${p.column}" have the same name for engines that ignore case.`,
    help: () => 'Rename one of them.',
  },
  'no-columns': { severity: 'error', message: (p: { where: string }) => `${p.where} has no columns.`, help: () => 'Declare at least one.' },
  'too-many-columns': {
    severity: 'error',
    message: (p: { limit: number }) => `The schema has more than ${p.limit} columns, nested ones included.`,
    help: () => 'Split the table, or keep the attributes in one map column.',
  },
  'rename-source-missing': {
    severity: 'error',
    message: (p: { column: string; from: string; known: readonly string[] }) =>
      `The column "${p.column}" says that it was named "${p.from}" before, but the table has no such column.${didYouMean(p.from, p.known)}`,
    help: () => 'Drop "renamedFrom", or name a column of the current schema that no other column claims.',
  },
  'type-change-forbidden': {
    severity: 'error',
    message: (p: { column: string; from: string; to: string }) => `The column "${p.column}" is ${p.from} and cannot become ${p.to}: files already written could not be read.`,
    help: () => 'The format widens int to long, float to double and the precision of a decimal. For anything else add a new column and drop this one.',
  },
  'required-column-added': {
    severity: 'error',
    message: (p: { column: string }) => `The column "${p.column}" is new and required, but rows already written have no value for it.`,
    help: () => 'Add it as optional.',
  },
  'optional-became-required': {
    severity: 'error',
    message: (p: { column: string }) => `The column "${p.column}" is optional and cannot become required: rows already written may hold nulls.`,
    help: () => 'Leave it optional in the table and check for nulls before publishing.',
  },
  'map-key-changed': {
    severity: 'error',
    message: (p: { column: string }) => `The key of the map "${p.column}" would gain or lose a field, which would change what its keys are equal to.`,
    help: () => 'Add a new map column with the new key.',
  },
  'identifier-dropped': {
    severity: 'error',
    message: (p: { column: string }) => `The column "${p.column}" identifies the rows of this table and cannot be dropped.`,
    help: () => 'Keep the column.',
  },
  'identifier-forbidden': {
    severity: 'error',
    message: (p: { column: string; problem: string }) => `"${p.column}" cannot identify rows: ${p.problem}.`,
    help: () => 'Rows are identified by required columns of single values, which are no floating-point numbers and lie in no list or map.',
  },
  'column-in-use': {
    severity: 'error',
    message: (p: { column: string; use: string }) => `The column "${p.column}" cannot be dropped: the table's ${p.use} is made from it.`,
    help: () => 'Change that first.',
  },

  // metadata files
  'metadata-not-json': { severity: 'error', message: (p: { file: string; problem: string }) => `${p.file} is not JSON: ${p.problem}.`, help: () => ours },
  'metadata-invalid': { severity: 'error', message: (p: { file: string; at: string; problem: string }) => `${p.file} at ${p.at}: ${p.problem}.`, help: () => ours },
  'metadata-version': {
    severity: 'error',
    message: (p: { file: string; version: string }) => `${p.file} has format version ${p.version}; versions 1, 2 and 3 can be read.`,
    help: () => 'Read it with the tool that wrote it, or ask for a newer Tulle.',
  },
  'view-version': {
    severity: 'error',
    message: (p: { file: string; version: string }) => `${p.file} has the view format version ${p.version}; only version 1 can be read.`,
    help: () => 'Read it with the tool that wrote it, or ask for a newer Tulle.',
  },
  'metadata-of-another-table': {
    severity: 'error',
    message: (p: { file: string; expected: string; found: string }) => `${p.file} describes the table ${p.found}, but the catalogue expects ${p.expected}.`,
    help: () => ours,
  },
  'format-not-writable': {
    severity: 'error',
    message: (p: { table: string; version: number }) => `The table ${p.table} has format version ${p.version}; only versions 1 and 2 can be written.`,
    help: () => 'Write it with the tool that made it.',
  },

  // manifests
  'avro-invalid': { severity: 'error', message: (p: { file: string; problem: string }) => `${p.file} is not a readable Avro file: ${p.problem}.`, help: () => ours },
  'avro-codec': {
    severity: 'error',
    message: (p: { file: string; codec: string }) => `${p.file} is compressed with "${p.codec}"; null, deflate and zstandard can be read.`,
    help: () => 'Let the other writer set write.avro.compression-codec to gzip and rewrite its manifests.',
  },
  'manifest-invalid': { severity: 'error', message: (p: { file: string; problem: string }) => `${p.file} is not a manifest of this format: ${p.problem}.`, help: () => ours },

  // partitions
  'unknown-transform': {
    severity: 'error',
    message: (p: { transform: string; known: readonly string[] }) => `"${p.transform}" is not a transform.${didYouMean(p.transform, p.known)}`,
    help: () => 'The transforms are identity, year, month, day, hour, void, bucket[N] and truncate[W].',
  },
  'transform-not-for-type': {
    severity: 'error',
    message: (p: { transform: string; column: string; type: string }) => `${p.transform} cannot be made of "${p.column}", which is ${p.type}.`,
    help: () => 'year, month and day take dates and times, hour takes times; truncate takes int, long, decimal, string and binary; bucket takes those, dates, times and uuid.',
  },
  'column-missing': {
    severity: 'error',
    message: (p: { column: string; known: readonly string[] }) => `The table has no column "${p.column}".${didYouMean(p.column, p.known)}`,
    help: () => 'Name a column of the table; a nested one with dots. Elements of lists and maps cannot be named.',
  },
  'partition-name-taken': {
    severity: 'error',
    message: (p: { name: string }) => `Another column or partition field is called "${p.name}" already.`,
    help: () => 'Give the partition field a name of its own.',
  },
  'partition-redundant': {
    severity: 'error',
    message: (p: { column: string; transform: string; other: string }) => `"${p.column}" is partitioned by ${p.other} already, so ${p.transform} adds nothing.`,
    help: () => 'Keep the finer one.',
  },
  'spec-missing': { severity: 'error', message: (p: { spec: number; named: string }) => `There is no partition spec ${p.spec}, which ${p.named} names.`, help: () => ours },
  'spec-not-writable': {
    severity: 'error',
    message: (p: { field: string; transform: string }) => `The partition field "${p.field}" cannot be written: nothing is known of the transform "${p.transform}" of its column.`,
    help: () => 'Write the table with the tool that partitioned it, or change its partitioning.',
  },
  'partition-mismatch': {
    severity: 'error',
    message: (p: { file: string; problem: string }) => `The partition of ${p.file} is none of the table’s: ${p.problem}.`,
    help: () => 'Give one value for each field of the table’s partitioning, in its order; null where there is none.',
  },

  // tables
  'table-missing': {
    severity: 'error',
    message: (p: { table: string; known: readonly string[] }) => `There is no table ${p.table}.${didYouMean(p.table, p.known)}`,
    help: () => 'Create it first, or check the name.',
  },
  'table-exists': {
    severity: 'error',
    message: (p: { table: string }) => `There is a table ${p.table} already.`,
    help: () => 'Use that one, or choose another name.',
  },
  'snapshot-missing': {
    severity: 'error',
    message: (p: { table: string; snapshot: string }) => `The table ${p.table} has no snapshot ${p.snapshot}.`,
    help: () => 'It may have expired. List the table’s snapshots and choose one of them.',
  },
  'no-snapshot-then': {
    severity: 'error',
    message: (p: { table: string; time: string; first?: string }) =>
      p.first === undefined ? `The table ${p.table} has no snapshot yet.` : `The table ${p.table} had no snapshot at ${p.time}; its history begins at ${p.first}.`,
    help: () => 'Choose a later time.',
  },
  'delete-files-unsupported': {
    severity: 'error',
    message: (p: { table: string; snapshot: string }) => `The snapshot ${p.snapshot} of ${p.table} marks rows as deleted in separate delete files, so its data files alone are not its rows.`,
    help: () => 'Compact the table first, or choose an older snapshot.',
  },
  'deletion-vector-invalid': { severity: 'error', message: (p: { file: string; problem: string }) => `The deletion vector in ${p.file} cannot be read: ${p.problem}.`, help: () => ours },
  'column-type-unsupported': {
    severity: 'error',
    message: (p: { column: string; type: string }) => `The column "${p.column}" is ${p.type}, which cannot be read yet.`,
    help: () => 'Read the table with another tool, or drop the column and read it by its current schema.',
  },
  'file-format-unsupported': {
    severity: 'error',
    message: (p: { file: string; format: string }) => `${p.file} is ${p.format}; only Parquet data files can be read.`,
    help: () => 'Rewrite the table with write.format.default set to parquet.',
  },
  'file-named-twice': { severity: 'error', message: (p: { file: string }) => `${p.file} is named twice in one commit.`, help: () => 'Every data file is added once.' },

  // branches and tags
  'ref-missing': {
    severity: 'error',
    message: (p: { table: string; ref: string; known: readonly string[] }) => `The table ${p.table} has no branch or tag ${JSON.stringify(p.ref)}.${didYouMean(p.ref, p.known)}`,
    help: () => 'List the table’s branches and tags, and choose one of them.',
  },
  'bad-ref-name': {
    severity: 'error',
    message: (p: { ref: string; problem: string }) => `${JSON.stringify(p.ref)} cannot be the name of a branch or tag: ${p.problem}.`,
    help: () => 'Use letters, digits, ".", "-" and "_".',
  },
  'bad-ref': {
    severity: 'error',
    message: (p: { table: string; ref: string; problem: string }) => `${JSON.stringify(p.ref)} of ${p.table} cannot be set so: ${p.problem}.`,
    help: () => 'A branch may keep snapshots by number and age, a tag has an age only, and main is kept forever.',
  },
  'ref-kind': {
    severity: 'error',
    message: (p: { table: string; ref: string; is: string; asked: string }) => `${JSON.stringify(p.ref)} is a ${p.is} of ${p.table} and cannot become a ${p.asked}.`,
    help: () => 'Remove it first, or choose another name.',
  },
  'ref-is-tag': {
    severity: 'error',
    message: (p: { table: string; ref: string }) => `${JSON.stringify(p.ref)} is a tag of ${p.table}, and nothing is written to a tag.`,
    help: () => 'Write to a branch.',
  },
  'main-needed': { severity: 'error', message: (p: { table: string }) => `The branch main of ${p.table} cannot be removed.`, help: () => 'Drop the table if nobody is to read it.' },
  'branches-diverged': {
    severity: 'error',
    message: (p: { table: string; from: string; to: string }) => `${JSON.stringify(p.to)} of ${p.table} has snapshots that ${JSON.stringify(p.from)} does not follow, and would lose them.`,
    help: () => 'Make the change again on a new branch of what is there now.',
  },
  'not-an-ancestor': {
    severity: 'error',
    message: (p: { table: string; snapshot: string }) => `The snapshot ${p.snapshot} is no part of the past of ${p.table}: main never was there, or has been rolled back behind it.`,
    help: () => 'Choose a snapshot from the history of main.',
  },

  // moving
  'file-not-relocatable': {
    severity: 'error',
    message: (p: { file: string; problem: string }) => `${p.file} cannot be written anew for another warehouse: ${p.problem}.`,
    help: () => 'Restore to the address that the warehouse had, or compact the table and back up again.',
  },

  // commits
  'commit-conflict': {
    severity: 'error',
    message: (p: { tables: string }) => `Somebody else changed ${p.tables} in the meantime, so nothing was committed.`,
    help: () => 'Load the table again and repeat the change on what is there now.',
  },
  'change-conflict': {
    severity: 'error',
    message: (p: { table: string; why: string }) => `${p.table} was changed while this change was made: ${p.why}. Nothing was committed.`,
    help: () => 'Read the table again and work the change out anew.',
  },
  'file-content': {
    severity: 'error',
    message: (p: { file: string; problem: string }) => `${p.file} cannot be committed so: ${p.problem}.`,
    help: () => 'Add files with rows as rows, and files with deletes as deletes, by columns of the table.',
  },
  'commit-unknown': {
    severity: 'error',
    message: (p: { tables: string; reason: string }) => `Whether the commit to ${p.tables} happened is not known: ${p.reason}.`,
    help: () => 'Load the table and look for the snapshot before repeating the change. Its files have been kept.',
  },
  'commit-gave-up': {
    severity: 'error',
    message: (p: { tables: string; attempts: number }) => `The commit to ${p.tables} lost against others ${p.attempts} times in a row.`,
    help: () => 'Try again later, or let fewer writers work on the same table.',
  },

  // cleaning up
  'cleaning-forbidden': {
    severity: 'error',
    message: (p: { table: string }) => `The table ${p.table} forbids that its files are removed: its property gc.enabled is false.`,
    help: () => 'Clean it up with the tool that wrote it, or set gc.enabled to true once no other tool needs its files.',
  },
  'folder-shared': {
    severity: 'error',
    message: (p: { table: string; other: string; folder: string }) => `The tables ${p.table} and ${p.other} share the folder ${p.folder}, so nothing in it can be said to be free.`,
    help: () => 'Drop the table that was registered twice, or copy one of them to a folder of its own.',
  },
})
