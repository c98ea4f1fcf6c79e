// The nouns of scaffolding.

export type Makes = 'mesh' | 'domain' | 'product'

/** A folder with parameters, from which files of a mesh are made. */
export interface Blueprint {
  readonly name: string
  readonly makes: Makes
  readonly description: string
  readonly parameters: readonly Parameter[]
  /** Template of the path that the CSV file of `--csv` becomes; the blueprint's own file there is the sample. */
  readonly data?: string
  /** Templates of paths that are left as they are where they exist. */
  readonly keep: readonly string[]
  readonly files: readonly Template[]
}

/** `default` is a template over the parameters before it. Without one, the parameter must be given. */
export interface Parameter { readonly name: string; readonly description: string; readonly default?: string; readonly pattern?: string }

/** A file of the blueprint: its path below `files/` and its text, both with `{{ parameter }}` in them. */
export interface Template { readonly path: string; readonly text: string }

/** A file to be made. Paths are below the mesh folder, `/`-separated. */
export type NewFile = { readonly path: string } & ({ readonly text: string } | { readonly copyOf: string })

export type Values = Readonly<Record<string, string>>

/** What a look into a CSV file found out. */
export interface CsvDraft {
  readonly delimiter: string
  readonly columns: readonly CsvColumn[]
  /** The rows that were read; all of them where `whole`. */
  readonly rows: number
  readonly whole: boolean
}

export interface CsvColumn {
  /** As the file's first row has it. */
  readonly header: string
  readonly type: CsvType
  /** No row that was read leaves it empty. */
  readonly filled: boolean
  /** No two rows that were read share a value. */
  readonly unique: boolean
}

export type CsvType = 'integer' | 'number' | 'boolean' | 'date' | 'timestamp' | 'timestamptz' | 'string'
