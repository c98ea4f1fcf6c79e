// Everything that can go wrong with objects, each with its remedy. Codes are never renamed or reused.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'bad-object-path': {
    severity: 'error',
    message: (p: { path: string; problem: string }) => `"${p.path}" is no path of an object: ${p.problem}.`,
    help: () => 'Use relative folders and names separated by "/", at most 255 bytes each, without "..", "\\" and control characters.',
  },
  'outside-root': {
    severity: 'error',
    message: (p: { address: string; root: string; named?: string }) =>
      `"${p.address}"${p.named === undefined ? '' : `, named by ${p.named},`} lies outside ${p.root}.`,
    help: () => 'A table may only consist of files below its own location, inside the warehouse. Move the files there and register them anew.',
  },
  'object-exists': {
    severity: 'error',
    message: (p: { address: string }) => `${p.address} exists already, and objects are never replaced.`,
    help: () => 'Write under a new name.',
  },
  'object-missing': {
    severity: 'error',
    message: (p: { address: string }) => `${p.address} is not there.`,
    help: () => 'If somebody deleted it by hand, restore it from a backup, or roll the table back to a snapshot that does not need it.',
  },
  'object-too-large': {
    severity: 'error',
    message: (p: { address: string; bytes: number; limit: number }) => `${p.address} has ${p.bytes} bytes; at most ${p.limit} are read into memory.`,
    help: () => 'Metadata files and manifests of this size are almost certainly damaged. Expire old snapshots if it is genuine.',
  },
  'object-unreadable': {
    severity: 'error',
    message: (p: { address: string; reason: string }) => `${p.address} cannot be read: ${p.reason}.`,
    help: () => 'Check that the file system is mounted, or the store answers, and that this process may read there.',
  },
  'object-unwritable': {
    severity: 'error',
    message: (p: { address: string; reason: string }) => `${p.address} cannot be written: ${p.reason}.`,
    help: () => 'Nothing was changed. Free disk space or grant the rights, then try again.',
  },
  'object-outcome-unknown': {
    severity: 'error',
    message: (p: { address: string; reason: string }) => `Whether ${p.address} was written is not known: ${p.reason}.`,
    help: () => 'Nothing refers to it, and it replaces nothing. Try again when the store answers; what was left is found as an orphan.',
  },
  's3-unusable': {
    severity: 'error',
    message: (p: { root: string; reason: string }) => `${p.root} cannot be used: ${p.reason}.`,
    help: () => 'Check the bucket, the endpoint, the region, the style and the credentials; they must allow to read, write, list and delete below the prefix.',
  },
  's3-not-conditional': {
    severity: 'error',
    message: (p: { root: string; problem: string }) => `The store of ${p.root} cannot keep tables: ${p.problem}.`,
    help: () => 'Commits need puts with "If-None-Match: *". Use a store that honours them: AWS, MinIO, Ceph and others do in their current versions.',
  },
})
