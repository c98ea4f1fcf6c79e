// The nouns of lineage: what a column of a result is made of, and what else moves it.

/** A table as a statement names it, in lower case; `schema` is empty where none is given, and has the catalogue before a dot where one is. */
export interface TableName { readonly schema: string; readonly name: string }

/** A column of a table that a statement reads. `*` stands for all of a table whose columns nobody knows. */
export interface SourceColumn extends TableName { readonly column: string }

/** How a value comes over: as it is, computed, or out of many. */
export type Directness = 'identity' | 'transformation' | 'aggregation'

/** How a column moves a result without its value flowing there. */
export type Influence = 'join' | 'filter' | 'group' | 'order' | 'window' | 'condition'

/** A value that flows. */
export interface DirectSource extends SourceColumn { readonly how: Directness }

/** A value that only decides. */
export interface IndirectSource extends SourceColumn { readonly by: readonly Influence[] }

export interface OutputLineage {
  readonly name: string
  readonly direct: readonly DirectSource[]
  /** Of this column alone: what windows and conditions look at. */
  readonly indirect: readonly IndirectSource[]
}

export interface StatementLineage {
  /** In the order of the result. */
  readonly columns: readonly OutputLineage[]
  /** What decides which rows there are: it moves every column. */
  readonly rows: readonly IndirectSource[]
  /** Each table once, in order of appearance. */
  readonly tables: readonly TableName[]
  /** Says what could only be guessed; what was guessed is claimed rather than left out. Empty where all is known. */
  readonly guesses: readonly string[]
}

/** A column of a table. The type is the engine's spelling, where it is known. */
export interface KnownColumn { readonly name: string; readonly type?: string }

/** A macro: its parameters, and what stands for it, as the parser gives it. */
export interface MacroBody { readonly parameters: readonly string[]; readonly body: string }
