// The nouns of Avro: a schema as its JSON says it, and values keyed by field id.

export type AvroSchema = string | readonly AvroSchema[] | AvroComplex

export interface AvroComplex {
  readonly type: AvroSchema
  readonly name?: string
  readonly fields?: readonly AvroField[]
  readonly items?: AvroSchema
  readonly values?: AvroSchema
  readonly symbols?: readonly string[]
  readonly size?: number
  readonly logicalType?: string
  readonly precision?: number
  readonly scale?: number
  readonly 'adjust-to-utc'?: boolean
  readonly 'element-id'?: number
}
export interface AvroField {
  readonly name: string
  readonly type: AvroSchema
  readonly default?: null
  readonly doc?: string
  readonly 'field-id'?: number
  /** What Iceberg calls the field, where Avro does not allow the name. */
  readonly 'iceberg-field-name'?: string
}

/**
 * A record is keyed by field id, because the format matches fields by id and writers differ in their names (or by name
 * where the writer left the id out). A long beyond 2^53 is a bigint.
 */
export type AvroRecord = ReadonlyMap<number | string, AvroValue>
export type AvroValue = null | boolean | number | bigint | string | Uint8Array | readonly AvroValue[] | AvroRecord

/** A whole container file: its header and all its records. */
export interface AvroFile { readonly header: ReadonlyMap<string, Uint8Array>; readonly records: readonly AvroRecord[] }
