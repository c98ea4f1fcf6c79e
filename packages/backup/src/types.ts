// The nouns of a backup: the place that holds it, and the manifest that says what it is made of.

import type { Objects } from '@tulle/objects'

/**
 * Where backups lie: a folder, or a prefix of a bucket.
 *
 *   tulle-backup.json            says that it is one, and of which format
 *   objects/<2 hex>/<sha-256>    bytes, each once, under their own hash
 *   backups/<time>-<id>.json     one manifest per backup, written last; its id is the start of its own SHA-256
 */
export interface Place {
  /** As a person named it. */
  readonly name: string
  readonly objects: Objects
  /** Of a place that is a folder: the folder. */
  readonly folder?: string
}

/** Bytes of a place, by their hash. */
export interface Content { readonly sha256: string; readonly bytes: number }

/** What an object of the warehouse is: what names addresses has to be written anew where the warehouse moves. */
export const OBJECT_KINDS = ['metadata', 'statistics', 'manifest-list', 'manifest', 'data', 'deletes', 'blob'] as const
export type ObjectKind = (typeof OBJECT_KINDS)[number]

/** An object of the warehouse, by its path in there. */
export interface SavedObject extends Content { readonly path: string; readonly kind: ObjectKind }

/** The rows of a table of the control database, in PostgreSQL's own text form, ordered by the table's key. */
export interface SavedTable extends Content { readonly schema: string; readonly name: string; readonly columns: readonly string[]; readonly rows: number }

export interface SavedSequence { readonly schema: string; readonly name: string; readonly value: string; readonly called: boolean }

/** A file of the home, by its path in there. */
export interface SavedFile extends Content { readonly path: string }

export interface SavedState {
  /** The newest migration of the control database, and of the workflow runtime's own tables (0: there were none). */
  readonly migration: number
  readonly runtime: number
  readonly tables: readonly SavedTable[]
  readonly sequences: readonly SavedSequence[]
}

export interface Manifest {
  readonly format: 1
  /** ISO 8601, UTC: the moment of the snapshot. */
  readonly takenAt: string
  /** The version of Tulle that made it. */
  readonly tulle: string
  /** What every address of the warehouse begins with, the last "/" included. */
  readonly warehouse: string
  readonly state: SavedState
  readonly objects: readonly SavedObject[]
  readonly files: readonly SavedFile[]
  /** Files of the home without which rows of the state mean nothing. They need not be among `files`; whoever restores brings them then. */
  readonly needs?: readonly { readonly path: string; readonly sha256: string }[] | undefined
}

/** A manifest with the name that it has in its place. */
export interface Backup { readonly id: string; readonly manifest: Manifest }

/** How far work on a backup has come. */
export interface Progress {
  readonly phase: 'state' | 'objects' | 'files' | 'database'
  readonly done: number
  readonly total: number
  /** Of what was moved; what was there already counts nothing. */
  readonly bytes: number
}
export type Tell = (progress: Progress) => void

/** What one backup came to. */
export interface BackupSummary {
  readonly id: string
  readonly takenAt: string
  readonly tables: number
  readonly rows: number
  readonly objects: number
  readonly bytes: number
  /** What this backup brought to the place; the rest was there. */
  readonly newObjects: number
  readonly newBytes: number
  readonly secrets: boolean
}
