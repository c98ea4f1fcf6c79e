// The nouns of the graph: columns of data sets and of input ports, and what flows between them.

import type { Directness, Influence, StatementLineage } from '../types.ts'

/** Where columns are: a data set of a product, an input port of one, or a data set elsewhere, whose `product` is its namespace. */
export interface Place { readonly product: string; readonly kind: 'data-set' | 'port' | 'foreign'; readonly name: string }

/** `*` is every column of the place: what decides about rows moves all of them. */
export interface ColumnAt extends Place { readonly column: string }

export interface Edge {
  readonly from: ColumnAt
  readonly to: ColumnAt
  /** Present where the value flows. */
  readonly how?: Directness
  /** What it decides; empty where the value only flows. */
  readonly by: readonly Influence[]
}

/** A relation that a product's code makes, and the statement by which. */
export interface Made { readonly schema: string; readonly name: string; readonly lineage: StatementLineage }

/** What a product's code says at one version. */
export interface ProductLineage {
  readonly edges: readonly Edge[]
  readonly columns: readonly ColumnAt[]
  readonly guesses: readonly string[]
}
