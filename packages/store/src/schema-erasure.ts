// The tables of persons who were erased, as Kysely sees them.

import type { ColumnType, Generated, Json as JsonColumn } from './column-types.ts'

export interface ErasureTables {
  erasure: ErasureTable
  erasure_suppression: ErasureSuppressionTable
  erased_snapshot: ErasedSnapshotTable
  erasure_consumer: ErasureConsumerTable
  erasure_key: ErasureKeyTable
  backup_place: BackupPlaceTable
  person_key: PersonKeyTable
  certificate_key: CertificateKeyTable
}

/** A person who is being, or was, erased. `sealed` is who, under a key that lies elsewhere and goes with the work. */
export interface ErasureTable {
  id: string
  key_name: string
  digest: string
  state: string
  sealed: string | null
  requested_by: string
  requested_by_id: string
  requested_at: ColumnType<Date>
  approved_by: string | null
  finished_at: ColumnType<Date> | null
  steps: JsonColumn
  report: JsonColumn | null
  problem: string | null
  /** When nothing of the person was left but in backups; `sealed` is gone from then on. By the database's clock. */
  settled_at: ColumnType<Date> | null
  /** Then: the products that the person was in, or that were made from them. */
  products: JsonColumn | null
}
/** Who must not come back, as keyed digests. */
export interface ErasureSuppressionTable { key_name: string; digest: string; erasure_id: string }
export interface ErasedSnapshotTable { product: string; data_set: string; snapshot_id: string; erasure_id: string; kind: string }
/** Who had rights to what was touched, and whether it says that its copies are gone. */
export interface ErasureConsumerTable { erasure_id: string; kind: string; name: string; acknowledged_at: ColumnType<Date> | null; acknowledged_by: string | null }
/** Of the secret that digests are made under: its SHA-256. At most one row. */
export interface ErasureKeyTable { is_only: Generated<boolean>; fingerprint: string }
/** Where this mesh began to make backups, as an operator named it. */
export interface BackupPlaceTable { name: string; first_at: ColumnType<Date>; last_at: ColumnType<Date> }
/**
 * A person's key of one table, under a key that lies elsewhere; `digest` is whose, keyed. Both are gone where it was destroyed. Who has no
 * name in a row has a key for that row alone, without a digest.
 */
export interface PersonKeyTable { id: string; table_id: string; digest: string | null; wrapped: string | null; erasure_id: string | null; destroyed_at: ColumnType<Date> | null }
/** A public key that certificates were signed under, by its thumbprint. */
export interface CertificateKeyTable { kid: string; jwk: JsonColumn }
