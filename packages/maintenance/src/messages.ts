// What looking after tables can have to say of itself; what stands in the way of a table is said by the lake.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'maintenance-busy': {
    severity: 'warning',
    message: (p: { table: string }) => `${p.table} was left as it is: a backup or another maintenance is at work.`,
    help: () => 'Ask again when that is done.',
  },
  'cold-store-unnamed': {
    severity: 'error',
    message: () => 'Rows are to be archived, and no cold store is named for them.',
    help: () => 'Start the server with TULLE_COLD_STORE=FOLDER or s3://bucket/prefix. Until then the rows stay where they are.',
  },
  'cold-store-foreign': {
    severity: 'error',
    message: (p: { place: string }) => `${p.place} is the cold store of another mesh, or of a newer Tulle.`,
    help: () => 'Name a folder or prefix of this mesh alone in TULLE_COLD_STORE.',
  },
  'cold-store-taken': {
    severity: 'error',
    message: (p: { place: string }) => `${p.place} holds other things, and no archive.`,
    help: () => 'Name a new or empty folder or prefix in TULLE_COLD_STORE.',
  },
  'cold-store-lost': {
    severity: 'error',
    message: (p: { place: string }) => `This mesh has archived rows, and ${p.place} holds none of them.`,
    help: () => 'See that it is mounted, and that TULLE_COLD_STORE names the place that it named before. Nothing is written there until then.',
  },
  'cold-store-held': {
    severity: 'error',
    message: (p: { place: string; since: string }) => `${p.place} is held since ${p.since} by another home of this mesh, which this one was restored from or which was restored from this one.`,
    help: () => 'Nothing is read or written there. Where the other one is gone for good, an administrator takes the store over: npx tulle archive take-over.',
  },
  'cold-store-moved': {
    severity: 'error',
    message: (p: { place: string; file: string }) => `The archives of this mesh begin elsewhere than in ${p.place}: at ${p.file}.`,
    help: () => 'Let TULLE_COLD_STORE name the place by the path or address that it had before, with a mount or a link where it has moved.',
  },
  'archive-damaged': {
    severity: 'error',
    message: (p: { file: string; problem: string }) => `${p.file} is not as it was archived: ${p.problem}.`,
    help: () => 'Nothing of it is read. Put the file back from a copy of the cold store.',
  },
  'archive-goes': {
    severity: 'warning',
    message: (p: { dataSet: string; rows?: number; bytes?: number; problem?: string }) => (p.problem === undefined
      ? `What was archived of ${p.dataSet} goes with it: ${p.rows === 1 ? '1 row' : `${p.rows} rows`}, ${p.bytes} bytes.`
      : `What was archived of ${p.dataSet} goes with it, as soon as the cold store can be reached: ${p.problem}`),
    help: () => 'Bring rows back first with "npx tulle archive restore", or say --prune in place of --allow-destroy: then all of it is kept.',
  },
  'archive-empty': {
    severity: 'error',
    message: (p: { dataSet: string }) => `Nothing of ${p.dataSet} was archived.`,
    help: () => 'See what there is with "npx tulle archive list".',
  },
  'bad-restore-range': {
    severity: 'error',
    message: (p: { problem: string }) => `Which rows are to come back is not said: ${p.problem}.`,
    help: () => 'Write --from 2025-01-01 --to 2025-02-01, one of them, or neither for all, and --keep-for 30d.',
  },
  'restore-busy': {
    severity: 'error',
    message: (p: { dataSet: string }) => `Rows of ${p.dataSet} cannot come back now: a backup, a maintenance or an erasure is at work.`,
    help: () => 'Ask again when that is done.',
  },
})
