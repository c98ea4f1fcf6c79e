// Names of tables → what the asker may see of each, by the policy of this moment. The only place where the gateway
// asks the policy; what it does not answer does not exist for an engine or a catalogue.

import type { Clock, Diagnostic, Place, Result } from '@tulle/kernel'
import { decideAsking } from '@tulle/policy'
import type { Decision, Resource } from '@tulle/policy'
import type { SourceColumn } from '@tulle/engine'
import { didYouMean, fail, ok, sha256, unreachable } from '@tulle/kernel'
import type { Asker, DataSource, Rights, ServedDataSet, ServedProduct, ServedSnapshot, TableVersion, VisibleTable } from './types.ts'
import { messages } from './messages.ts'

export interface NamedTable { readonly schema: string; readonly name: string; readonly place?: Place }

export interface Authorizer {
  /** What the asker may see of each of these tables; a diagnostic for each that is denied or does not exist. */
  authorize(asker: Asker, names: readonly NamedTable[]): Promise<Result<readonly VisibleTable[]>>
  /** Every table of which the asker may see something, in the order of names. */
  visible(asker: Asker): Promise<readonly VisibleTable[]>
  /** Everything that is served to anybody, by schema; the same map until that changes. */
  served(): Promise<ReadonlyMap<string, ServedProduct>>
  /** The published snapshot of a table, as of the rights' version, or that version of it. */
  snapshot(table: Pick<VisibleTable, 'product' | 'dataSet'>, version?: TableVersion): Promise<Result<ServedSnapshot>>
  /** What the table's row filter reads besides the row, each at its published snapshot. */
  hiddenReads(table: VisibleTable): Promise<Result<readonly FilterSource[]>>
}

export interface FilterSource { readonly as: string; readonly columns: readonly SourceColumn[]; readonly snapshot: ServedSnapshot }

export interface AuthorizerOptions {
  readonly rights: Rights
  readonly data: DataSource
  readonly clock: Clock
  readonly environment: string
}

interface Served {
  readonly version: number
  readonly bySchema: ReadonlyMap<string, ServedProduct>
  // The policy remembers answers by the identity of what it was asked about.
  readonly resources: ReadonlyMap<ServedDataSet, Resource>
  readonly snapshots: Map<ServedDataSet, Promise<Result<ServedSnapshot | undefined>>>
}

export function createAuthorizer({ rights, data, clock, environment }: AuthorizerOptions): Authorizer {
  let served: Promise<Served> | undefined
  let servedVersion: number | undefined
  const load = (): Promise<Served> => {
    const version = rights.version()
    if (served === undefined || servedVersion !== version) {
      servedVersion = version
      const loading = readServed(data, version)
      // A load that failed is tried again by the next who asks.
      loading.catch(() => {
        if (served === loading) served = undefined
      })
      served = loading
    }
    return served
  }
  const decide = (asker: Asker, resource: Resource): Promise<Decision> => decideAsking(rights.policy(), rights.desk, { subject: asker.subject, resource, purpose: asker.purpose, context: { now: clock.now(), environment } })

  const visible = async (asker: Asker): Promise<readonly VisibleTable[]> => {
    const { bySchema, resources } = await load()
    const tables = [...bySchema.values()].flatMap((product) => product.dataSets.map((dataSet) => ({ product, dataSet })))
    const decisions = await Promise.all(tables.map(({ dataSet }) => decide(asker, resources.get(dataSet) as Resource)))
    return tables.flatMap(({ product, dataSet }, i) => {
      const decision = decisions[i]
      return decision?.effect === 'allow' ? [visibleTable(product, dataSet, decision)] : []
    })
  }

  // A name without a schema is the one visible table that bears it, as the search path of the catalogue says.
  const soleSchema = async (asker: Asker, name: string, place: Place | undefined): Promise<Result<string>> => {
    const named = (await visible(asker)).filter((table) => table.dataSet.name === name).map((table) => table.product.schema)
    // A version beside the plain name has to be asked for.
    const plain = named.filter((schema) => !schema.includes('@'))
    const found = plain.length > 0 ? plain : named
    return found.length > 1 ? fail(messages['ambiguous-table']({ name, candidates: found.map((schema) => `${schema}.${name}`) }, { place })) : ok(found[0] ?? '')
  }

  const snapshot: Authorizer['snapshot'] = async ({ product, dataSet }, version) => {
    if (version !== undefined) {
      // Tags may move without a word to anybody, so nothing is remembered.
      const then = await data.snapshot(product.id, storedAs(dataSet), version)
      if (!then.ok || then.value !== undefined) return then as Result<ServedSnapshot>
      return fail(messages['unknown-version']({ table: `${product.schema}.${dataSet.name}`, version: printVersion(version) }))
    }
    const { snapshots } = await load()
    let reading = snapshots.get(dataSet)
    if (reading === undefined) snapshots.set(dataSet, (reading = data.snapshot(product.id, storedAs(dataSet))))
    const found = await reading
    if (!found.ok) {
      snapshots.delete(dataSet)
      return found
    }
    return found.value === undefined ? fail(messages['nothing-published']({ table: `${product.schema}.${dataSet.name}` })) : ok(found.value)
  }

  return {
    visible,
    snapshot,
    async hiddenReads({ product, dataSet, rowFilter }) {
      const sources: FilterSource[] = []
      const { bySchema } = await load()
      for (const { productId, dataSet: name, columns, as } of rowFilter?.reads ?? []) {
        const candidates = [...bySchema.values()].filter(({ id }) => id === productId).flatMap((read) => read.dataSets.filter((one) => one.name === name).map((one) => ({ product: read, dataSet: one })))
        const found = candidates.find((candidate) => columns.every((wanted) => candidate.dataSet.columns.some((column) => column.name === wanted)))
        const read = found === undefined ? undefined : await snapshot(found)
        // Whatever it is that fails, it is not for the asker to know.
        if (found === undefined || read?.ok !== true) return fail(messages['filter-unsupported']({ table: `${product.schema}.${dataSet.name}` }))
        sources.push({ as, columns: found.dataSet.columns.filter((column) => columns.includes(column.name)).map(sourceColumn), snapshot: read.value })
      }
      return ok(sources)
    },
    served: async () => (await load()).bySchema,
    async authorize(asker, names) {
      const { bySchema, resources } = await load()
      const tables: VisibleTable[] = []
      const diagnostics: Diagnostic[] = []
      for (const { schema: written, name, place } of names) {
        const schema = written === '' ? await soleSchema(asker, name, place) : ok(written)
        if (!schema.ok) {
          diagnostics.push(...schema.diagnostics)
          continue
        }
        const table = schema.value === '' ? name : `${schema.value}.${name}`
        const product = bySchema.get(schema.value)
        const dataSet = product?.dataSets.find((d) => d.name === name)
        if (product === undefined || dataSet === undefined) {
          const known = (await visible(asker)).map((t) => `${t.product.schema}.${t.dataSet.name}`)
          diagnostics.push(messages['unknown-table']({ table, suggestion: didYouMean(table, known) || sameName(name, known) }, { place }))
          continue
        }
        const decision = await decide(asker, resources.get(dataSet) as Resource)
        if (decision.effect === 'allow') tables.push(visibleTable(product, dataSet, decision))
        else {
          const open = asker.purpose === undefined && decision.asks === undefined ? rights.policy().openPurposes(asker.subject, product.id, { now: clock.now(), environment }) : []
          const reason = decision.reasons.map((r) => r.text).join(' ')
          diagnostics.push(open.length > 0 ? messages['purpose-needed']({ table, purposes: open }, { place }) : messages['read-denied']({ who: asker.subject.name, table, reason, purpose: asker.purpose }, { place }))
        }
      }
      return diagnostics.length > 0 ? fail(...diagnostics) : ok(tables)
    },
  }
}

/** The same for the same columns and rows under the same masks and limits: two decisions that look alike to a reader. */
export function shapeOf(table: VisibleTable): string {
  const known = shapes.get(table)
  if (known !== undefined) return known
  const text = JSON.stringify([table.product.id, storedAs(table.dataSet), table.columns.map((c) => [c.name, c.fieldId, c.type, c.mask ?? null]), table.rowFilter ?? null, table.limits ?? null])
  const shape = sha256(text)
  shapes.set(table, shape)
  return shape
}
// A table with hundreds of columns is asked for its shape several times in each statement.
const shapes = new WeakMap<VisibleTable, string>()

const storedAs = ({ name, version }: ServedDataSet): string => version?.stored ?? name

export const sourceColumn = ({ name, type, fieldId }: SourceColumn): SourceColumn => ({ name, type, fieldId })

/** As a message says it. */
function printVersion(version: TableVersion): string {
  switch (version.kind) {
    case 'snapshot':
      return version.id
    case 'named':
      return `"${version.name.slice(0, 100)}"`
    case 'time':
      return `of ${new Date(version.at).toISOString()}`
    default:
      return unreachable(version)
  }
}

async function readServed(data: DataSource, version: number): Promise<Served> {
  const products = (await data.products()).toSorted((a, b) => (a.schema < b.schema ? -1 : 1))
  const resources = new Map(products.flatMap((product) => {
    const { id, name, domain, team } = product
    return product.dataSets.map((dataSet): [ServedDataSet, Resource] => {
      const columns = dataSet.columns.map((c) => ({ name: c.name, type: c.type, ...(c.classification !== undefined && { classification: c.classification }) }))
      return [dataSet, { product: { id, name, domain, team }, dataSet: { name: dataSet.name, columns } }]
    })
  }))
  return { version, bySchema: new Map(products.map((product) => [product.schema, product])), resources, snapshots: new Map() }
}

function visibleTable(product: ServedProduct, dataSet: ServedDataSet, decision: Decision & { effect: 'allow' }): VisibleTable {
  const known = seen.get(decision)
  if (known !== undefined && known.product === product && known.dataSet === dataSet) return known
  const table = toVisible(product, dataSet, decision)
  seen.set(decision, table)
  return table
}
// The policy gives the same decision again as long as nothing changed.
const seen = new WeakMap<Decision, VisibleTable>()

function toVisible(product: ServedProduct, dataSet: ServedDataSet, decision: Decision & { effect: 'allow' }): VisibleTable {
  const allowed = new Set(decision.columns)
  const columns = dataSet.columns.filter((column) => allowed.has(column.name)).map((column) => {
    const mask = decision.masks[column.name]
    return mask === undefined ? column : { ...column, mask }
  })
  const { rowFilter, limits, reasons } = decision
  const notices = [...reasons.filter(({ rule }) => rule.startsWith('grace ')).map(({ text }) => text), ...retirement(product, dataSet)]
  return { product, dataSet, columns, rules: reasons.map(({ rule }) => rule), ...(notices.length > 0 && { notices }), ...(rowFilter !== undefined && { rowFilter }), ...(limits !== undefined && { limits }) }
}

/** Who reads what is to go is told with every statement, until it is gone. */
function retirement({ name }: ServedProduct, { name: table, version }: ServedDataSet): readonly string[] {
  if (version?.retires === undefined) return []
  const instead = version.next === undefined ? '' : ` "${name}@${version.next}".${table} takes its place.`
  return [`Version ${version.major} of ${name}.${table} retires on ${version.retires}.${instead}`]
}

// `select * from flights` where only flights.flights is meant is too far for an edit distance.
function sameName(name: string, known: readonly string[]): string {
  const found = known.find((table) => table.split('.').at(-1) === name)
  return found === undefined ? '' : ` Did you mean "${found}"?`
}
