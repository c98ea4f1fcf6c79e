// The nouns of what Trino asks: who, which operation on what, and what those who ask may see. The server wires the ports.

import type { Result } from '@tulle/kernel'
import type { DecisionLimits, RowFilter } from '@tulle/policy'

/** The five questions, by the last part of their addresses. */
export const QUESTIONS = ['allow', 'batch', 'rowFilters', 'columnMask', 'batchColumnMasks'] as const
export type Question = (typeof QUESTIONS)[number]

/** A table of Trino: catalogue, schema, name; all in lower case, as Trino has them. */
export interface TableName { readonly catalog: string; readonly schema: string; readonly table: string }

/** What an operation is on. At most one of the members is there. */
export interface TrinoResource {
  readonly catalog?: string
  readonly schema?: { readonly catalog: string; readonly schema: string }
  readonly table?: TableName & { readonly columns?: readonly string[] }
  readonly column?: TableName & { readonly column: string }
  readonly user?: string
  readonly function?: { readonly catalog: string; readonly schema: string; readonly name: string }
}

/** One request. `resources` are those of a batch. */
export interface TrinoInput {
  readonly user: string
  /** What the client said it reads for, beside its name. */
  readonly purpose?: string
  readonly queryId?: string
  readonly operation: string
  readonly resource: TrinoResource
  readonly resources: readonly TrinoResource[]
}

/** A table as somebody sees it: the policy's answer. */
export interface SeenTable {
  readonly schema: string
  readonly name: string
  readonly productId: string
  /** All that the data set has: conditions may ask for columns that are not shown. */
  readonly row: readonly { readonly name: string; readonly type: string | { readonly type: string } }[]
  /** Those that are shown; a mask is the engine's SQL over the row. */
  readonly columns: readonly { readonly name: string; readonly mask?: string }[]
  readonly rowFilter?: RowFilter
  readonly limits?: DecisionLimits
  readonly rules?: readonly string[]
}

/** Somebody in whose name Trino asks. */
export interface TrinoAsker {
  readonly name: string
  readonly id: string
  readonly purpose: string | undefined
  /** What is seen of a table; the reason, where that is nothing. */
  table(schema: string, name: string): Promise<Result<SeenTable>>
  /** A statement begins to read it; fails where nothing may leave to this asker at the moment. */
  begins(table: SeenTable): Promise<Result<void>>
  /** Names of schemas of which something is seen. */
  schemas(): Promise<ReadonlySet<string>>
}

/** What was answered, for the audit. */
export interface TrinoDeed {
  readonly user: string
  readonly asker?: TrinoAsker
  readonly operation: string
  readonly queryId?: string
  readonly allowed: boolean
  readonly reasons: readonly string[]
  readonly table?: TableName & { readonly columns: readonly string[] }
  readonly seen?: SeenTable
}

/** Port: the rights in force, and where answers are written down. */
export interface TrinoAuthority {
  /** What Trino calls the catalogue with this mesh's tables. */
  readonly catalog: string
  /** Whom a name of Trino's means; fails for names that no account has, and for purposes that are not open. */
  asker(user: string, purpose: string | undefined): Promise<Result<TrinoAsker>>
  record(deed: TrinoDeed): Promise<Result<void>>
}
