// The nouns of a dbt project.

import type { Json } from '@tulle/kernel'
import type { BlockNode, Template } from './jinja/types.ts'

export type Config = Readonly<Record<string, Json>>

export type ResourceType = 'model' | 'seed' | 'snapshot' | 'test' | 'analysis'

/** The files of a project by `/`-separated path from its folder. */
export type ProjectFiles = ReadonlyMap<string, string>

/** Where a run writes, as `target` shows it. */
export interface Target { readonly name: string; readonly schema: string; readonly database: string; readonly profile: string; readonly threads: number }

export interface ProjectSettings {
  readonly target: Target
  /** What `--vars` gave; it wins over every file. */
  readonly vars: Config
  /** Only what it names can be read by `env_var`. */
  readonly environment: Readonly<Record<string, string>>
  /** A data set that is no node of the project: the relation of a `ref` that leads to none. */
  readonly foreign?: (project: string | undefined, name: string, version: string | undefined) => { readonly schema: string; readonly name: string } | undefined
  /** Gives a source another address than its file says. */
  readonly sourceAddress?: (source: string, table: string) => { readonly schema: string; readonly name: string } | undefined
  readonly now: Date
  /**
   * Models without a project around them: no name that is undefined may be printed, what arms read that are not rendered
   * counts, and a source may have one name.
   */
  readonly plain?: boolean
}

/** One package: the project itself, or one of those in its folder. */
export interface Package {
  readonly name: string
  /** Its folder from the project's, with a slash at the end; empty for the project itself. */
  readonly folder: string
  readonly file: string
  readonly version: string
  readonly paths: Readonly<Record<'models' | 'seeds' | 'snapshots' | 'tests' | 'macros' | 'analyses' | 'docs', readonly string[]>>
  readonly vars: Config
  readonly configs: Readonly<Record<'models' | 'seeds' | 'snapshots' | 'tests' | 'sources' | 'exposures', Config>>
  readonly onRunStart: readonly string[]
  readonly onRunEnd: readonly string[]
  readonly dispatch: readonly { readonly namespace: string; readonly order: readonly string[] }[]
  readonly root: boolean
}

export interface Macro {
  readonly id: string
  readonly name: string
  readonly package: string
  readonly file: string
  readonly template: Template
  readonly block: BlockNode
  /** Macros that it names. */
  readonly uses: readonly string[]
  readonly description: string
}

export interface ColumnSpec { readonly name: string; readonly description: string; readonly type: string | undefined; readonly meta: Config; readonly tags: readonly string[]; readonly constraints: readonly Json[] }

export interface RefCall { readonly package?: string; readonly name: string; readonly version?: string }

/** Something that is built, checked or only compiled. */
export interface Node {
  readonly id: string
  readonly type: ResourceType
  readonly name: string
  readonly package: string
  /** From the folder of the project. */
  readonly file: string
  readonly path: string
  readonly fqn: readonly string[]
  readonly raw: string
  readonly template: Template
  /** SHA-256 of what it is. */
  readonly checksum: string
  readonly config: Config
  readonly alias: string
  readonly schema: string
  readonly database: string
  readonly description: string
  readonly columns: readonly ColumnSpec[]
  readonly refs: readonly RefCall[]
  readonly sources: readonly (readonly [string, string])[]
  /** What it reads: nodes, then macros, by id. */
  readonly needs: readonly string[]
  readonly macros: readonly string[]
  readonly patch: string | undefined
  readonly group: string | undefined
  readonly access: 'private' | 'protected' | 'public'
  readonly version: string | undefined
  readonly latestVersion: string | undefined
  readonly constraints: readonly Json[]
  readonly test: TestSpec | undefined
  /** What YAML says a snapshot is of. */
  readonly relation: string | undefined
}

export interface TestSpec {
  readonly name: string
  readonly namespace: string | undefined
  readonly arguments: Config
  readonly column: string | undefined
  /** The node or source that it is about. */
  readonly about: string | undefined
}

export interface Source {
  readonly id: string
  readonly source: string
  readonly name: string
  readonly package: string
  readonly file: string
  readonly path: string
  readonly fqn: readonly string[]
  readonly schema: string
  readonly database: string
  readonly identifier: string
  readonly description: string
  readonly sourceDescription: string
  readonly loader: string
  readonly columns: readonly ColumnSpec[]
  readonly config: Config
  readonly tags: readonly string[]
  readonly meta: Config
}

export interface Exposure { readonly id: string; readonly name: string; readonly package: string; readonly file: string; readonly fqn: readonly string[]; readonly kind: string; readonly owner: Config; readonly description: string; readonly needs: readonly string[]; readonly config: Config; readonly label: string | undefined; readonly url: string | undefined; readonly maturity: string | undefined }

export interface Group { readonly id: string; readonly name: string; readonly package: string; readonly file: string; readonly owner: Config }

export interface UnitTest {
  readonly id: string
  readonly name: string
  readonly package: string
  readonly file: string
  readonly fqn: readonly string[]
  /** The id of the model. */
  readonly model: string
  readonly modelName: string
  readonly given: readonly { readonly input: string; readonly rows: Json; readonly format: string }[]
  readonly expect: { readonly rows: Json; readonly format: string }
  readonly overrides: { readonly macros: Config; readonly vars: Config; readonly environment: Config }
  readonly description: string
  readonly config: Config
}

export interface DocsBlock { readonly id: string; readonly name: string; readonly package: string; readonly file: string; readonly text: string }

/** A project that is read: all it holds, resolved. */
export interface Project {
  readonly name: string
  readonly settings: ProjectSettings
  readonly packages: ReadonlyMap<string, Package>
  readonly nodes: ReadonlyMap<string, Node>
  readonly disabled: ReadonlyMap<string, Node>
  readonly sources: ReadonlyMap<string, Source>
  readonly exposures: ReadonlyMap<string, Exposure>
  readonly groups: ReadonlyMap<string, Group>
  readonly unitTests: ReadonlyMap<string, UnitTest>
  readonly docs: ReadonlyMap<string, DocsBlock>
  readonly macros: ReadonlyMap<string, Macro>
  /** `selectors.yml`, as it is. */
  readonly selectors: Readonly<Record<string, Json>>
}
