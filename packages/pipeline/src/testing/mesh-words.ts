// A mesh folder from a few words, so that a test says only what it is about. What is written are real documents.

export interface ProductWords {
  /** By name of the port: a path, or its properties. */
  readonly files?: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>
  /** By name of the port: a table of another platform, as the port's properties. */
  readonly tables?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** By name of the port: its type and its properties. */
  readonly connected?: Readonly<Record<string, readonly [string, Readonly<Record<string, unknown>>]>>
  /** By name of the port: the product that it reads, or its properties. */
  readonly inputs?: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>
  readonly dataSets: Readonly<Record<string, DataSetWords>>
  readonly schedule?: string
  readonly onInputPublished?: boolean
  /** Further properties of the workflow. */
  readonly workflow?: Readonly<Record<string, unknown>>
}

export interface DataSetWords {
  /** `long`, with `!` where required, `*` in the primary key, `@month` where partitioned by it. */
  readonly columns: Readonly<Record<string, string>>
  readonly from?: string
  readonly model?: string
  readonly refresh?: 'continuous'
  /** A model in TypeScript. */
  readonly program?: string
  /** A model that is a call. */
  readonly call?: unknown
  readonly quality?: readonly Readonly<Record<string, unknown>>[]
  readonly version?: string
  /** Custom properties of the schema object. */
  readonly custom?: Readonly<Record<string, unknown>>
  /** What becomes of rows that break a promise, by column. */
  readonly onFailureOf?: Readonly<Record<string, string>>
}

/** The documents of a mesh with these products, by path. JSON is YAML. */
export function meshFiles(products: Readonly<Record<string, ProductWords>>): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['mesh.yaml', yaml({ apiVersion: 'tulle.dev/v1', kind: 'Mesh', metadata: { name: 'test', title: 'Test' }, spec: { purposes: [{ name: 'testing' }] } })],
    ['teams/ops.yaml', yaml({ apiVersion: 'tulle.dev/v1', kind: 'TechnicalTeam', metadata: { name: 'ops', title: 'Ops' } })],
    ['domains/shop/domain.yaml', yaml({ apiVersion: 'tulle.dev/v1', kind: 'DataDomain', metadata: { name: 'shop', title: 'Shop' }, spec: { owner: 'ops' } })],
  ])
  for (const [name, words] of Object.entries(products)) {
    const folder = `domains/shop/${name}`
    files.set(`${folder}/product.yaml`, yaml(productDocument(name, words)))
    for (const [dataSet, said] of Object.entries(words.dataSets)) {
      files.set(`${folder}/contracts/${dataSet}.odcs.yaml`, yaml(contractDocument(dataSet, said)))
      if (said.model !== undefined) files.set(`${folder}/models/${dataSet}.sql`, said.model)
      if (said.call !== undefined) files.set(`${folder}/models/${dataSet}.http.yaml`, yaml(said.call))
      if (said.program !== undefined) files.set(`${folder}/models/${dataSet}.ts`, said.program)
    }
  }
  return files
}

const yaml = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`

const productDocument = (name: string, { files = {}, tables = {}, connected = {}, inputs = {}, dataSets, schedule, onInputPublished, workflow = {} }: ProductWords): unknown => ({
  apiVersion: 'core.oam.dev/v1beta1',
  kind: 'DataProduct',
  metadata: { name, title: name },
  spec: {
    components: [
      { name, type: 'data-product', properties: { definition: `Product ${name}` } },
      ...Object.entries(files).map(([port, said]) => ({ name: port, type: 'file-input-port', properties: typeof said === 'string' ? { path: said } : said })),
      ...Object.entries(tables).map(([port, properties]) => ({ name: port, type: 'iceberg-input-port', properties })),
      ...Object.entries(connected).map(([port, [type, properties]]) => ({ name: port, type, properties })),
      ...Object.entries(inputs).map(([port, product]) => ({ name: port, type: 'product-input-port', properties: typeof product === 'string' ? { product } : product })),
      ...Object.entries(dataSets).map(([dataSet, { from, refresh }]) => ({ name: dataSet, type: 'data-set', properties: { description: dataSet, ...(from !== undefined && { from }), ...(refresh !== undefined && { refresh }) } })),
      { name: 'refresh', type: 'workflow', properties: { ...(schedule !== undefined && { schedule }), ...(onInputPublished !== undefined && { on_input_published: onInputPublished }), ...workflow } },
      { name: 'sql', type: 'sql-output-port', properties: { description: 'SQL' } },
    ],
  },
})

const contractDocument = (name: string, { columns, quality = [], version = '1.0.0', custom = {}, onFailureOf = {} }: DataSetWords): unknown => ({
  apiVersion: 'v3.1.0',
  kind: 'DataContract',
  id: name,
  name,
  version,
  status: 'active',
  schema: [{ name, properties: Object.entries(columns).map((column, i) => columnDocument(column, i, Object.hasOwn(onFailureOf, column[0]) ? onFailureOf[column[0]] : undefined)), ...(quality.length > 0 && { quality }), ...(Object.keys(custom).length > 0 && { customProperties: Object.entries(custom).map(([property, value]) => ({ property, value })) }) }],
})

function columnDocument([name, said]: [string, string], position: number, onFailure?: string): unknown {
  const [spelled = '', transform] = said.split('@')
  const type = spelled.replaceAll(/[!*]/gu, '')
  return {
    name,
    logicalType: LOGICAL[type] ?? 'string',
    physicalType: type,
    ...(said.includes('!') && { required: true }),
    ...(transform !== undefined && { partitioned: true }),
    ...((transform !== undefined || onFailure !== undefined) && { customProperties: [...(transform === undefined ? [] : [{ property: 'partitionTransform', value: transform }]), ...(onFailure === undefined ? [] : [{ property: 'onFailure', value: onFailure }])] }),
    ...(said.includes('*') && { primaryKey: true, primaryKeyPosition: position + 1 }),
  }
}

const LOGICAL: Readonly<Record<string, string>> = { long: 'integer', int: 'integer', double: 'number', timestamp: 'timestamp', date: 'date', boolean: 'boolean' }
