// What can go wrong between a table and the engine that reads or writes its rows.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'equality-column-unknown': {
    severity: 'error',
    message: (p: { table: string; file: string; fieldId: number }) => `${p.file} deletes rows of ${p.table} by the column ${p.fieldId}, which no schema of the table has at its top.`,
    help: () => 'Compact the table with the tool that wrote it, or choose an older snapshot.',
  },
  'too-many-deleted-rows': {
    severity: 'error',
    message: (p: { table: string; rows: number; most: number }) => `A file of ${p.table} has ${p.rows} deleted rows in a deletion vector; at most ${p.most} can be read.`,
    help: () => 'Compact the table with the tool that wrote it.',
  },
  'transform-unknown': {
    severity: 'error',
    message: (p: { table: string; transform: string }) => `${p.table} is partitioned by "${p.transform.slice(0, 100)}", which cannot be computed here.`,
    help: () => 'Write it with the tool that partitioned it, or give the table another partition spec.',
  },
  'predicate-not-one-condition': {
    severity: 'error',
    message: () => 'What says which rows are meant is not one condition.',
    help: () => 'Write an expression over the columns of the table, such as: origin = \'ORD\' and delay > 60',
  },
  'upsert-key-unknown': {
    severity: 'error',
    message: (p: { table: string; key: string; known: readonly string[] }) => (p.key === '' ? `No key says which rows of ${p.table} are meant.` : `${p.table} has no column "${p.key}".${didYouMean(p.key, p.known)}`),
    help: (p: { known: readonly string[] }) => `Name one or more of its columns: ${p.known.join(', ')}.`,
  },
  'upsert-key-unfit': {
    severity: 'error',
    message: (p: { table: string; keys: readonly string[]; problem: string }) => `The new rows cannot go into ${p.table} by ${p.keys.join(', ')}: ${p.problem}.`,
    help: () => 'Nothing was changed. Give each row a key of its own, or choose other columns.',
  },
  'rows-unfit': {
    severity: 'error',
    message: (p: { table: string; columns: readonly string[]; rows: number }) => `${p.rows} rows cannot go into ${p.table}: they have no value for ${p.columns.join(', ')}, which it requires.`,
    help: () => 'Nothing was changed. Make the column optional in the contract, or leave those rows where they are.',
  },
  'erasure-unfit': {
    severity: 'error',
    message: (p: { table: string; file: string; problem: string }) => `No row can leave the history of ${p.table}: ${p.file} cannot be written anew, since ${p.problem}.`,
    help: () => 'Nothing was changed there. Compact the table with the tool that wrote it, expire the snapshots that need the file, and erase again.',
  },
})
