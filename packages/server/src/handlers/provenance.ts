// The rows that made a row. The model is rewritten into one question for each data set that it reads, and each is asked as the
// caller's own statement: the same gate, decision, masks and row filters as every port, at the versions that were read. What the
// caller may not read is "hidden", by the name of the rule alone.

import type { Handlers, Influence, Provenance } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { loadTable, schemaAt } from '@tulle/lake'
import { influence, narrow } from '@tulle/lineage'
import type { ProductCode } from '@tulle/pipeline'
import { listProducts, readProductDefinition } from '@tulle/providers'
import { isNode, quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { servedName } from '../served-name.ts'
import { whoIs } from '../who.ts'
import { require } from './permissions.ts'
import { findProduct, governed } from './products.ts'

type Input = Provenance['inputs'][number]
interface Rows { readonly columns: readonly { readonly name: string; readonly type: string }[]; readonly rows: readonly (readonly Json[])[]; readonly cut: boolean }

export function provenanceHandlers(house: House): Pick<Handlers<Caller>, 'getProvenance' | 'getInfluence'> {
  return {
    getProvenance: async ({ product, dataSet, where, snapshot, limit }, caller, signal) => {
      const found = await findProduct(house, product)
      if (!found.ok) return found
      const may = require(house, caller.subject, 'describe', governed(found.value))
      if (!may.ok) return may
      const definition = await readProductDefinition(house.db, product)
      if (!definition.ok) return definition
      const known = Object.keys(definition.value.tables)
      if (!known.includes(dataSet)) return fail(messages['unknown-data-set']({ product, dataSet, hint: didYouMean(dataSet, known) }))
      const condition = await house.lineage.parse(`select 1 where (${where}\n)`)
      if (!condition.ok) return condition
      const ask: Ask = (text, productId) => rowsAs(house, caller, { text, productId, limit, signal })
      const served = servedName(definition.value.product, dataSet)
      const own = await ask(`select * from ${printed(served, snapshot)} where (${where}\n)`, found.value.id)
      if (!own.ok) return own
      const code = await house.pipeline.code(product, snapshot)
      if (!code.ok) return code
      const node = condition.value.statements[0]?.['node']
      const asked = isNode(node) && isNode(node['where_clause']) ? node['where_clause'] : undefined
      const inputs = asked === undefined ? { why: 'the condition is not one', inputs: [] } : await inputsOf(house, code.value, { dataSet, condition: asked, where, ask, caller })
      return ok({ columns: own.value.columns.map((one) => ({ ...one })), rows: own.value.rows.map((one) => [...one]), cut: own.value.cut, ...inputs, inputs: [...inputs.inputs] })
    },
    getInfluence: async ({ product, dataSet, where, limit }, caller, signal) => {
      const found = await findProduct(house, product)
      if (!found.ok) return found
      const may = require(house, caller.subject, 'describe', governed(found.value))
      if (!may.ok) return may
      const definition = await readProductDefinition(house.db, product)
      if (!definition.ok) return definition
      const known = Object.keys(definition.value.tables)
      if (!known.includes(dataSet)) return fail(messages['unknown-data-set']({ product, dataSet, hint: didYouMean(dataSet, known) }))
      const condition = await house.lineage.parse(`select 1 where (${where}\n)`)
      if (!condition.ok) return condition
      const ask: Ask = (text, productId) => rowsAs(house, caller, { text, productId, limit, signal })
      const own = await ask(`select * from ${printed(servedName(definition.value.product, dataSet), undefined)} where (${where}\n)`, found.value.id)
      if (!own.ok) return own
      const node = condition.value.statements[0]?.['node']
      const asked = isNode(node) && isNode(node['where_clause']) ? node['where_clause'] : undefined
      const outputs = asked === undefined ? [] : await outputsOf(house, { product, dataSet, condition: asked, where, ask, caller })
      return ok({ columns: own.value.columns.map((one) => ({ ...one })), rows: own.value.rows.map((one) => [...one]), cut: own.value.cut, outputs: [...outputs] })
    },
  }
}

/** Of each data set that reads the table directly, as it is published. */
async function outputsOf(house: House, { product, dataSet, condition, where, ask, caller }: Asking & { readonly product: string }): Promise<readonly Influence['outputs'][number][]> {
  const outputs: Influence['outputs'][number][] = []
  for (const reader of await listProducts(house.db)) {
    if (!require(house, caller.subject, 'describe', governed(reader)).ok) continue
    const code = await house.pipeline.code(reader.name)
    if (!code.ok) continue
    const versionOf = ({ schema, name }: Table): string | undefined => code.value.reads[`${schema}.${name}`] ?? (schema === reader.name ? code.value.snapshots[name] : undefined)
    for (const { name, from } of code.value.dataSets) {
      const statement = code.value.statements.find((one) => one.schema === from.schema && one.name === from.name)
      const at = { product: reader.name, name }
      const version = code.value.snapshots[name]
      const tell = async (text: string): Promise<void> => {
        const rows = await ask(text, reader.id)
        outputs.push(rows.ok ? { ...at, columns: rows.value.columns.map((one) => ({ ...one })), rows: rows.value.rows.map((one) => [...one]), cut: rows.value.cut } : { ...at, hidden: rows.diagnostics[0]?.code ?? 'hidden' })
      }
      if (statement === undefined) {
        if (from.schema === product && from.name === dataSet) await tell(`select * from ${printed({ schema: reader.name, name }, version)} where (${where}\n)`)
        continue
      }
      const tree = await house.lineage.parse(statement.sql)
      if (!tree.ok || !house.lineage.tablesOf(tree.value).some((one) => one.schema === product && one.name === dataSet)) continue
      const columns = await columnsOfTables(house, house.lineage.tablesOf(tree.value), versionOf)
      const found = influence(tree.value, { table: { schema: product, name: dataSet }, condition, output: { schema: reader.name, name }, ...(version !== undefined && { version }) }, { columnsOf: ({ schema, name: table }) => columns.get(`${schema}.${table}`), versionOf })
      if (found.kind === 'whole') {
        outputs.push({ ...at, why: found.why })
        continue
      }
      for (const read of found.reads) {
        const text = await house.lineage.print(read.statement)
        if (text.ok) await tell(text.value)
      }
    }
  }
  return outputs
}

/** As they were when they were read; what is no table of the mesh is left out. */
async function columnsOfTables(house: House, tables: readonly Table[], versionOf: (table: Table) => string | undefined): Promise<ReadonlyMap<string, readonly { readonly name: string }[]>> {
  const columns = new Map<string, readonly { readonly name: string }[]>()
  for (const { schema, name } of tables) {
    const table = await loadTable(house.lake, { namespace: schema, name })
    const then = table.ok ? schemaAt(table.value, versionOf({ schema, name })) : undefined
    if (then?.ok === true) columns.set(`${schema}.${name}`, then.value.fields.map((field) => ({ name: field.name })))
  }
  return columns
}

type Ask = (text: string, productId: string) => Promise<Result<Rows>>

interface Asking { readonly dataSet: string; readonly condition: Parameters<typeof narrow>[1]; readonly where: string; readonly ask: Ask; readonly caller: Caller }

/** `why` says why a model could not be narrowed; its inputs are named all the same. */
async function inputsOf(house: House, code: ProductCode, { dataSet, condition, where, ask, caller }: Asking): Promise<{ readonly why?: string; readonly inputs: readonly Input[] }> {
  const from = code.dataSets.find(({ name }) => name === dataSet)?.from
  if (from === undefined) return { inputs: [] }
  const versionOf = ({ schema, name }: Table): string | undefined => code.reads[`${schema}.${name}`] ?? (schema === code.product ? code.snapshots[name] : undefined)
  const statement = code.statements.find((one) => one.schema === from.schema && one.name === from.name)
  if (from.schema === code.portSchema) return { why: 'its rows come from outside the mesh', inputs: [{ product: code.product, kind: 'port', name: from.name }] }
  if (statement === undefined) return { inputs: [await inputOf(house, { table: from, text: `select * from ${printed(from, versionOf(from))} where (${where}\n)`, version: versionOf(from), ask, caller })] }
  const tree = await house.lineage.parse(statement.sql)
  if (!tree.ok) return { why: 'its statement cannot be read', inputs: [] }
  const tables = house.lineage.tablesOf(tree.value)
  const columns = await columnsOfTables(house, tables, versionOf)
  const unknown = tables.find(({ schema, name }) => !columns.has(`${schema}.${name}`))
  if (unknown !== undefined) return { why: unknown.schema === code.portSchema ? 'it reads an input port, whose rows are outside the mesh' : 'it reads what lives only within its run', inputs: [] }
  const narrowed = narrow(tree.value, condition, { columnsOf: ({ schema, name }) => columns.get(`${schema}.${name}`), versionOf })
  if (narrowed.kind === 'whole') return { why: narrowed.why, inputs: [...columns.keys()].map((key) => ({ product: key.slice(0, key.indexOf('.')), kind: 'data-set' as const, name: key.slice(key.indexOf('.') + 1) })) }
  const inputs: Input[] = []
  for (const read of narrowed.reads) {
    const text = await house.lineage.print(read.statement)
    if (text.ok) inputs.push(await inputOf(house, { table: read.table, text: text.value, version: versionOf(read.table), ask, caller }))
  }
  return { inputs }
}

interface Table { readonly schema: string; readonly name: string }

async function inputOf(house: House, { table, text, version, ask, caller }: { readonly table: Table; readonly text: string; readonly version: string | undefined; readonly ask: Ask; readonly caller: Caller }): Promise<Input> {
  const at: Input = { product: table.schema, kind: 'data-set', name: table.name, ...(version !== undefined && { snapshot: version }) }
  const found = await findProduct(house, table.schema)
  // Whoever may not know of a product is told as little of it as of its rows.
  if (!found.ok || !require(house, caller.subject, 'describe', governed(found.value)).ok) return { product: 'hidden', kind: 'data-set', name: 'hidden', hidden: 'not-known' }
  const rows = await ask(text, found.value.id)
  if (!rows.ok) return { ...at, hidden: rows.diagnostics[0]?.code ?? 'hidden' }
  return { ...at, columns: rows.value.columns.map((one) => ({ ...one })), rows: rows.value.rows.map((one) => [...one]), cut: rows.value.cut }
}

const printed = ({ schema, name }: Table, version: string | undefined): string =>
  `${quoteIdentifier(schema)}.${quoteIdentifier(name)}${version === undefined ? '' : ` at (version => ${quoteLiteral(version)})`}`

async function rowsAs(house: House, caller: Caller, { text, productId, limit, signal }: { readonly text: string; readonly productId: string; readonly limit: number; readonly signal: AbortSignal }): Promise<Result<Rows>> {
  const statement = await house.sql.governor.prepare(whoIs(house, caller, productId), text, 'rest')
  if (!statement.ok) return statement
  const opened = await statement.value.open({ parameters: [], encoding: { kind: 'rows' }, signal })
  if (!opened.ok) return opened
  try {
    const batch = await opened.value.fetch(limit + 1, signal)
    if (!batch.ok) return batch
    const rows = JSON.parse(Buffer.from(batch.value.bytes).toString('utf8') || '[]') as Json[][]
    return ok({ columns: opened.value.columns.map(({ name, type }) => ({ name, type })), rows: rows.slice(0, limit), cut: rows.length > limit || !batch.value.done })
  } finally {
    await opened.value.close()
  }
}
