// How rows become bytes: chunks are laid open and encoded until a batch is full.

import type { DataChunk } from '@duckdb/node-bindings'

export interface Encoder {
  /** Begins a batch. */
  begin(): void
  /** Lays the next chunk open. */
  look(chunk: DataChunk): void
  /** Encodes rows of the chunk until `to` or until the batch has `limit` bytes; answers how many. */
  encode(from: number, to: number, limit: number): number
  size(): number
  /** The batch's bytes, which are the encoder's own memory: good until the next batch begins. */
  end(): Uint8Array
}
