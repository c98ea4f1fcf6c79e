// Everything that can go wrong with backups, each with its remedy. Codes are never renamed or reused.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'backup-place-invalid': {
    severity: 'error',
    message: (p: { place: string; problem: string }) => `"${p.place}" is no place for backups: ${p.problem}.`,
    help: () => 'Name an absolute folder outside the home, or s3://bucket/prefix.',
  },
  'backup-place-taken': {
    severity: 'error',
    message: (p: { place: string }) => `${p.place} holds other things, and no backups.`,
    help: () => 'Name a new or empty folder or prefix, or one that "tulle backup" has filled before.',
  },
  'backup-place-unusable': {
    severity: 'error',
    message: (p: { place: string; reason: string }) => `${p.place} cannot be used: ${p.reason}.`,
    help: () => 'Backups that were complete before are as they were. Mend the place, then run the command again: it goes on where it stopped.',
  },
  'backup-missing': {
    severity: 'error',
    message: (p: { place: string; id?: string | undefined }) => (p.id === undefined ? `There is no complete backup in ${p.place}.` : `There is no backup "${p.id}" in ${p.place}.`),
    help: () => 'See what there is with "npx tulle backup --list <place>".',
  },
  'backup-newer': {
    severity: 'error',
    message: (p: { file: string; found: number | string; known: number }) => `${p.file} is of format ${p.found}, and this Tulle knows formats up to ${p.known}.`,
    help: () => 'Use the Tulle that made it, or a newer one.',
  },
  'backup-damaged': {
    severity: 'error',
    message: (p: { file: string; problem: string }) => `${p.file} is damaged: ${p.problem}.`,
    help: () => 'Take another backup of this place ("npx tulle backup --list <place>"), or another copy of it.',
  },
  'backup-object-damaged': {
    severity: 'error',
    message: (p: { file: string; what: string; problem: string }) => `${p.file}, which holds ${p.what}, is damaged: ${p.problem}.`,
    help: () => 'Remove that file and back up again: what Tulle still has is copied anew. Otherwise take another backup.',
  },
  'backup-in-progress': {
    severity: 'error',
    message: () => 'Another backup of this Tulle is being made.',
    help: () => 'Wait for its end, or stop it with Ctrl-C where it was started.',
  },
  'backup-stopped': {
    severity: 'error',
    message: (p: { place: string }) => `The backup into ${p.place} was stopped before it was complete.`,
    help: () => 'Earlier backups are as they were. The next one copies only what is still missing.',
  },
  'backup-interrupted': {
    severity: 'error',
    message: (p: { reason: string }) => `The backup cannot go on: ${p.reason}.`,
    help: () => 'Earlier backups are as they were. Run it again; it copies only what is still missing.',
  },
  'backup-state-unknown': {
    severity: 'error',
    message: (p: { relations: readonly string[] }) => `The database holds what no backup copies: ${p.relations.join(', ')}.`,
    help: () => 'Tulle makes no such relations. Move them out of its schemas, so that a backup can be whole.',
  },
  'backup-retired': {
    severity: 'error',
    message: (p: { id: string }) => `Backup ${p.id} holds somebody who was erased since.`,
    help: () => 'Take a later backup: "npx tulle backup --list <place>". Nothing brings this one back.',
  },
  'restore-secret-missing': {
    severity: 'error',
    message: (p: { id: string; path: string }) => `Backup ${p.id} keeps persons out who were erased, by digests that need ${p.path} of the home that it was made from, and does not hold that.`,
    help: () => 'Name that very file with --secret FILE. Without it those persons would come back with the next run.',
  },
  'restore-home-not-empty': {
    severity: 'error',
    message: (p: { home: string }) => `${p.home} is not empty, and a restore replaces nothing.`,
    help: () => 'Name another home with --home, or remove this one with "npx tulle reset" if nothing in it is needed.',
  },
  'restore-database-not-empty': {
    severity: 'error',
    message: (p: { tables: number }) => `The database that DATABASE_URL names has ${p.tables} tables already, and a restore replaces nothing.`,
    help: () => 'Name an empty database.',
  },
  'restore-warehouse-not-empty': {
    severity: 'error',
    message: (p: { address: string }) => `The warehouse holds ${p.address} already, and a restore replaces nothing.`,
    help: () => 'Name an empty prefix or bucket.',
  },
  'restore-home-unwritable': {
    severity: 'error',
    message: (p: { home: string; reason: string }) => `Nothing can be restored to ${p.home}: ${p.reason}.`,
    help: () => 'Nothing was changed. Free disk space or grant the rights, then try again.',
  },
  'restore-rows-differ': {
    severity: 'error',
    message: (p: { table: string; expected: number; found: number }) => `The backup says that ${p.table} has ${p.expected} rows, and it holds ${p.found}.`,
    help: () => 'Nothing was restored. Take another backup.',
  },
  'restore-unknown-table': {
    severity: 'error',
    message: (p: { table: string }) => `The backup holds rows of ${p.table}, which is no table of its version.`,
    help: () => 'Nothing was restored. Use the Tulle that made the backup.',
  },
  'restore-stopped': {
    severity: 'error',
    message: () => 'The restore was stopped, and nothing of it is left.',
  },
  'verify-stopped': {
    severity: 'error',
    message: () => 'The check was stopped before it was complete.',
  },
})
