// What a component adds to its product, before the parts of the product are brought together.

import type { Json } from '@tulle/kernel'
import type { AlertRule, Approval, ConnectedSource, ExportRules, FileInputPort, IcebergSource, MaintenanceRules, OutputPort, ProductWorkflow, RunRules } from '../types.ts'

/** The facts of the `data-product` component. */
export interface ProductFacts {
  readonly definition?: string
  readonly team?: string
  readonly owner?: string
  readonly type?: string
  readonly certified?: boolean
  readonly tags?: readonly string[]
  /** The folder of its dbt project, within its own. */
  readonly dbt?: string
  readonly maintenance?: MaintenanceRules
  readonly runs?: RunRules
  readonly exports?: ExportRules
  readonly alerts?: readonly AlertRule[]
}

export interface DataSetDraft {
  readonly title?: string
  readonly description?: string
  /** Paths within the product's folder; undefined means the file named after the data set. */
  readonly contract?: string
  readonly model?: string
  readonly from?: string
  readonly maintenance?: MaintenanceRules
  /** The data set of which it is another major version. */
  readonly versionOf?: string
  /** Of several versions, the one that has the plain name. */
  readonly plainName?: boolean
  /** The day from which it may go, `2027-03-31`. */
  readonly retires?: string
  readonly refresh?: 'continuous'
  readonly flink?: { readonly application?: string }
}

export type InputPortDraft =
  | { readonly kind: 'file'; readonly title?: string; readonly path: string; readonly format?: FileInputPort['format']; readonly options: FileInputPort['options']; readonly connection?: ConnectedSource['settings'] }
  | { readonly kind: 'product'; readonly title?: string; readonly product: string; readonly dataSet?: string; readonly purpose?: string }
  | ({ readonly kind: 'iceberg'; readonly title?: string } & IcebergSource)
  | ({ readonly kind: 'connected'; readonly title?: string } & ConnectedSource)
  /** By the title of another product's output port, as OAM documents write it. */
  | { readonly kind: 'associated'; readonly title?: string; readonly outputPort: string; readonly description?: string }
  | { readonly kind: 'external'; readonly title?: string; readonly description?: string }

export interface OutputPortDraft {
  readonly kind: OutputPort['kind']
  readonly title?: string
  /** Undefined: every data set that has a contract. */
  readonly dataSets?: readonly string[]
  readonly approval?: Approval
  readonly exports?: ExportRules
  readonly url?: string
  readonly description?: string
  readonly settings?: ConnectedSource['settings']
}

/** A workflow template by its name and version, and what it is given. */
export interface NamedWorkflow { readonly use?: string; readonly parameters?: Readonly<Record<string, Json>> }

/** A promise: percent of a window of milliseconds. */
export interface LevelDraft { readonly objective?: number; readonly window?: number }

/** How a promise is measured, as it is written. */
export interface IndicatorDraft {
  /** The promise, by its name as written. */
  readonly indicates?: string
  readonly indicator?: 'freshness' | 'completeness' | 'availability' | 'latency' | 'quality' | 'volume' | 'lag'
  readonly data_set?: string
  readonly port?: string
  readonly every?: string
  readonly within?: string
  readonly at_least?: number
  readonly at_most?: number
  readonly percentile?: 'p50' | 'p95' | 'p99'
  readonly below?: string
}

export type Contribution =
  | { readonly part: 'product'; readonly facts: ProductFacts }
  | { readonly part: 'domain' }
  | { readonly part: 'data-set'; readonly dataSet: DataSetDraft }
  | { readonly part: 'input-port'; readonly port: InputPortDraft }
  | { readonly part: 'output-port'; readonly port: OutputPortDraft }
  | { readonly part: 'workflow'; readonly workflow: Partial<ProductWorkflow>; readonly named: NamedWorkflow }
  | { readonly part: 'service-level'; readonly level: LevelDraft }
  | { readonly part: 'indicator'; readonly indicator: IndicatorDraft }
  /** Carried with the product and shown; nothing acts on it yet. */
  | { readonly part: 'description' }
