// The rows that made a row. The model is rewritten into one question for each data set that it reads, and each is asked as the
// caller's own statement: the same gate, decision, masks and row filters as every port, at the versions that were read. What the
// caller may not read is "hidden", by the name of the rule alone.

import type { Handlers, Influence, Provenance } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { loadTable, schemaAt } from '@tulle/lake'
import { influence, narrow } from '@tulle/lineage'
import type { NarrowedRead } from '@tulle/lineage'
import type { ProductCode } from '@tulle/pipeline'
import { governedDataSet } from '@tulle/policy'
import { listProducts, readProductDefinition } from '@tulle/providers'
import type { ProductSummary } from '@tulle/providers'
import { isNode, quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { TreeNode } from '@tulle/sql'
import type { Caller } from '../http/callers.ts'
import { firstRows } from '../first-rows.ts'
import type { House } from '../house.ts'
import { decideRead } from '../house.ts'
import { messages } from '../messages.ts'
import { servedName } from '../served-name.ts'
import { whoIs } from '../who.ts'
import { require } from './permissions.ts'
import { findProductFor, governed } from './products.ts'

type Input = Provenance['inputs'][number]
type Rows = Pick<Provenance, 'columns' | 'rows' | 'cut'>

export function provenanceHandlers(house: House): Pick<Handlers<Caller>, 'getProvenance' | 'getInfluence'> {
  return {
    getProvenance: async (asked, caller, signal) => {
      const opened = await openRow(house, asked, caller, signal)
      if (!opened.ok) return opened
      const { own, asking } = opened.value
      const code = await house.pipeline.code(asked.product, asked.snapshot)
      if (!code.ok) return code
      const { refused, inputs } = asking === undefined ? { refused: { code: 'not-one-statement' as const, why: 'the condition is not one' }, inputs: [] } : await inputsOf(house, code.value, asking)
      return ok({ ...own, ...refused, inputs: [...inputs] })
    },
    getInfluence: async (asked, caller, signal) => {
      const opened = await openRow(house, asked, caller, signal)
      if (!opened.ok) return opened
      const { own, asking } = opened.value
      return ok({ ...own, outputs: asking === undefined ? [] : [...(await outputsOf(house, asked.product, asking))] })
    },
  }
}

interface Asked { readonly product: string; readonly dataSet: string; readonly where: string; readonly snapshot?: string | undefined; readonly limit: number }

/** The row that is asked about, as the caller sees it, and how to ask on; not where its condition is none. */
async function openRow(house: House, { product, dataSet, where, snapshot, limit }: Asked, caller: Caller, signal: AbortSignal): Promise<Result<{ readonly own: Rows; readonly asking: Asking | undefined }>> {
  const found = await findProductFor(house, caller.subject, 'describe', product)
  if (!found.ok) return found
  const definition = await readProductDefinition(house.db, product)
  if (!definition.ok) return definition
  const known = Object.keys(definition.value.tables)
  if (!known.includes(dataSet)) return fail(messages['unknown-data-set']({ product, dataSet, hint: didYouMean(dataSet, known) }))
  const tree = await house.lineage.parse(`select 1 where (${where}\n)`)
  if (!tree.ok) return tree
  const ask: Ask = async (text, productId) => {
    const rows = await firstRows(house.sql.governor, whoIs(house, caller, productId), text, { limit, signal })
    return rows.ok ? ok({ columns: rows.value.columns, rows: rows.value.rows, cut: rows.value.more }) : rows
  }
  const own = await ask(`select * from ${printed(servedName(definition.value.product, dataSet), snapshot)} where (${where}\n)`, found.value.id)
  if (!own.ok) return own
  const node = tree.value.statements[0]?.['node']
  const condition = isNode(node) && isNode(node['where_clause']) ? node['where_clause'] : undefined
  return ok({ own: own.value, asking: condition === undefined ? undefined : { dataSet, condition, where, ask, caller } })
}

/** Of each data set that reads the table directly, as it is published. */
async function outputsOf(house: House, product: string, { dataSet, condition, where, ask, caller }: Asking): Promise<readonly Influence['outputs'][number][]> {
  const outputs: Influence['outputs'][number][] = []
  for (const reader of await listProducts(house.db)) {
    if (!require(house, caller.subject, 'describe', governed(reader)).ok) continue
    const code = await house.pipeline.code(reader.name)
    if (!code.ok) continue
    const versionOf = versionsOf(code.value)
    for (const { name, from } of code.value.dataSets) {
      const statement = code.value.statements.find((one) => one.schema === from.schema && one.name === from.name)
      const version = code.value.snapshots[name]
      const at = { product: reader.name, name, ...(version !== undefined && { snapshot: version }) }
      const tell = async (texts: readonly string[], isAtMost = false): Promise<void> => {
        const answered = await firstAnswer(texts, (text) => ask(text, reader.id))
        outputs.push({ ...at, ...answered.shown, ...('rows' in answered.shown && (isAtMost || answered.isLater) && { atMost: true }) })
      }
      if (statement === undefined) {
        if (from.schema === product && from.name === dataSet) await tell([`select * from ${printed({ schema: reader.name, name }, version)} where (${where}\n)`])
        continue
      }
      const tree = await house.lineage.parse(statement.sql)
      const tables = tree.ok ? house.lineage.tablesOf(tree.value) : []
      if (!tree.ok || !tables.some((one) => one.schema === product && one.name === dataSet)) continue
      const columns = await columnsOfTables(house, tables, versionOf)
      const seen = await seenColumns(house, caller, { reader, name })
      const found = influence(tree.value, { table: { schema: product, name: dataSet }, condition, output: { schema: reader.name, name }, ...(version !== undefined && { version }), ...(seen?.isPart === true && { by: seen.plain }) }, { columnsOf: ({ schema, name: table }) => columns.get(`${schema}.${table}`), versionOf })
      if (found.kind === 'refused') {
        outputs.push({ ...at, why: found.why, code: found.code })
        continue
      }
      for (const { statement: own, alone } of found.reads) await tell(await textsOf(house, own, alone), seen?.isPart)
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

/** The version of a table that the code read, or that its own run wrote. */
const versionsOf = ({ product, reads, snapshots }: ProductCode) => ({ schema, name }: Table): string | undefined => reads[`${schema}.${name}`] ?? (schema === product ? snapshots[name] : undefined)

/** What may not be read is hidden, by the name of the rule alone. */
const shown = (rows: Result<Rows>): Rows | { readonly hidden: string } => (rows.ok ? rows.value : { hidden: rows.diagnostics[0]?.code ?? 'hidden' })

type Ask = (text: string, productId: string) => Promise<Result<Rows>>

interface Asking { readonly dataSet: string; readonly condition: Parameters<typeof narrow>[1]; readonly where: string; readonly ask: Ask; readonly caller: Caller }

/** `refused` says why a model could not be narrowed; its inputs are named all the same. */
async function inputsOf(house: House, code: ProductCode, { dataSet, condition, where, ask, caller }: Asking): Promise<{ readonly refused?: Pick<Provenance, 'why' | 'code'>; readonly inputs: readonly Input[] }> {
  const from = code.dataSets.find(({ name }) => name === dataSet)?.from
  if (from === undefined) return { inputs: [] }
  const versionOf = versionsOf(code)
  const statement = code.statements.find((one) => one.schema === from.schema && one.name === from.name)
  if (from.schema === code.portSchema) return { refused: { code: 'outside', why: 'its rows come from outside the mesh' }, inputs: [{ product: code.product, kind: 'port', name: from.name }] }
  if (statement === undefined) return { inputs: await inputOf(house, { table: from, texts: [`select * from ${printed(from, versionOf(from))} where (${where}\n)`], version: versionOf(from), ask, caller }) }
  const tree = await house.lineage.parse(statement.sql)
  if (!tree.ok) return { refused: { code: 'unread-form', why: 'its statement cannot be read' }, inputs: [] }
  const tables = house.lineage.tablesOf(tree.value)
  const columns = await columnsOfTables(house, tables, versionOf)
  const unknown = tables.find(({ schema, name }) => !columns.has(`${schema}.${name}`))
  if (unknown !== undefined) return { refused: { code: 'outside', why: unknown.schema === code.portSchema ? 'it reads an input port, whose rows are outside the mesh' : 'it reads what lives only within its run' }, inputs: [] }
  const narrowed = narrow(tree.value, condition, { columnsOf: ({ schema, name }) => columns.get(`${schema}.${name}`), versionOf })
  if (narrowed.kind === 'refused') {
    const inputs = tables.map(async (table): Promise<readonly Input[]> => ((await findProductFor(house, caller.subject, 'describe', table.schema)).ok ? [{ product: table.schema, kind: 'data-set', name: table.name }] : []))
    return { refused: { code: narrowed.code, why: narrowed.why }, inputs: (await Promise.all(inputs)).flat() }
  }
  const inputs: Input[] = []
  for (const { table, statement: own, alone } of narrowed.reads) {
    inputs.push(...(await inputOf(house, { table, texts: await textsOf(house, own, alone), version: versionOf(table), ask, caller })))
  }
  return { inputs }
}

interface Table { readonly schema: string; readonly name: string }

interface AskedInput { readonly table: Table; readonly texts: readonly string[]; readonly version: string | undefined; readonly ask: Ask; readonly caller: Caller }

/** By the first of the texts that the caller may ask. A product that he may not know of is left out, as if it were not there. */
async function inputOf(house: House, { table, texts, version, ask, caller }: AskedInput): Promise<readonly Input[]> {
  const at: Input = { product: table.schema, kind: 'data-set', name: table.name, ...(version !== undefined && { snapshot: version }) }
  const found = await findProductFor(house, caller.subject, 'describe', table.schema)
  if (!found.ok) return []
  const answered = await firstAnswer(texts, (text) => ask(text, found.value.id))
  return [{ ...at, ...answered.shown, ...(answered.isLater && { atMost: true }) }]
}

/** Conditions on the table alone ask nothing of others; all of its rows would say nothing. */
async function textsOf(house: House, own: TreeNode, alone: NarrowedRead['alone']): Promise<readonly string[]> {
  const texts = await Promise.all([own, ...(alone === undefined || alone.isAll ? [] : [alone.statement])].map((one) => house.lineage.print(one)))
  return texts.flatMap((one) => (one.ok ? [one.value] : []))
}

/** By the first of the texts that the caller may ask; else why not the first. */
async function firstAnswer(texts: readonly string[], ask: (text: string) => Promise<Result<Rows>>): Promise<{ readonly shown: Rows | { readonly hidden: string }; readonly isLater: boolean }> {
  let first: Result<Rows> | undefined
  for (const text of texts) {
    const rows = await ask(text)
    if (rows.ok) return { shown: rows.value, isLater: first !== undefined }
    first ??= rows
  }
  return { shown: first === undefined ? { hidden: 'hidden' } : shown(first), isLater: false }
}

/** Columns that the caller sees as they are: by a masked one no row is told from another. `isPart`: there are others. */
async function seenColumns(house: House, caller: Caller, { reader, name }: { readonly reader: ProductSummary; readonly name: string }): Promise<{ readonly plain: readonly string[]; readonly isPart: boolean } | undefined> {
  const [definition, who] = await Promise.all([readProductDefinition(house.db, reader.name), whoIs(house, caller, reader.id)()])
  const dataSet = definition.ok ? definition.value.product.dataSets.find((one) => one.name === name) : undefined
  if (dataSet === undefined || !who.ok) return undefined
  const resource = governedDataSet(dataSet)
  const decision = await decideRead(house, who.value.subject, { product: governed(reader), dataSet: resource }, who.value.purpose)
  if (decision.effect !== 'allow') return undefined
  const plain = decision.columns.filter((column) => decision.masks[column] === undefined)
  return { plain, isPart: plain.length < resource.columns.length }
}

const printed = ({ schema, name }: Table, version: string | undefined): string =>
  `${quoteIdentifier(schema)}.${quoteIdentifier(name)}${version === undefined ? '' : ` at (version => ${quoteLiteral(version)})`}`
