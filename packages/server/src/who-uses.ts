// Who uses what a plan changes: columns that models name, by the engine's own tree, and statements that were really run, by the audit,
// planned against the tables as they would be. Nothing is looked up, and no engine starts, for a plan that touches no table.

import { join } from 'node:path'
import { findAccount } from '@tulle/access'
import { recordedStatements } from '@tulle/audit'
import type { RecordedStatement } from '@tulle/audit'
import type { Engine, EngineProcess } from '@tulle/engine'
import type { Clock, Diagnostic } from '@tulle/kernel'
import type { DataProduct, MeshModel } from '@tulle/model'
import { changesOf, queriesFinder, replayStatements, touchesTables, worldsOf } from '@tulle/planner'
import type { ColumnsRead, FindQueries, Plan, ReplayStatement } from '@tulle/planner'
import type { ObservedMesh } from '@tulle/providers'
import { namesIn, quoteIdentifier } from '@tulle/sql'
import type { Store } from '@tulle/store'
import { messages } from './messages.ts'

export interface UseOptions {
  readonly store: Store
  readonly engine: Engine
  readonly clock: Clock
  /** Where Tulle keeps its state; the audit is below it. */
  readonly home: string
  readonly warn: (message: string) => void
}

/** Whether the planner's user may see who ran what over a product, by its id. */
export type Knows = (productId: string) => boolean

/** `notes` say what could not be found out. */
export interface Use { readonly columnsRead: ColumnsRead; readonly findQueries: FindQueries; readonly notes: readonly Diagnostic[] }

const SINCE_MILLISECONDS = 90 * 24 * 3_600_000
const MOST_STATEMENTS = 10_000

/** Undefined where the plan touches nothing that anybody could name. */
export async function whoUses(options: UseOptions, { mesh, plan, observed, knows }: { readonly mesh: MeshModel; readonly plan: Plan; readonly observed: ObservedMesh; readonly knows: Knows }): Promise<Use | undefined> {
  const changes = changesOf(plan)
  if (!touchesTables(changes)) return undefined
  const first = worldsOf(changes, observed)
  if (first.changed.size === 0) return undefined
  const products = new Set([...first.changed.keys()].map((address) => address.split(/[@.]/u, 1)[0] ?? ''))
  const started = await options.engine.start({ readPaths: [], writePaths: [], memoryMegabytes: 512, threads: 1 })
  if (!started.ok) {
    const reason = started.diagnostics.map(({ message }) => message).join(' ')
    options.warn(`no engine could be started to see whom a plan hits: ${reason}`)
    return { columnsRead: () => undefined, findQueries: () => undefined, notes: [messages['queries-not-replayed']({ reason })] }
  }
  try {
    const columns = await columnsReadBy(started.value, mesh, products)
    const statements = await statementsOver(options, observed, products)
    const others = new Set(statements.flatMap(({ tables }) => tables.map((address) => address.split(/[@.]/u, 1)[0] ?? '')))
    const worlds = worldsOf(changes, observed, others)
    const hit = statements.filter(({ tables }) => tables.some((address) => worlds.changed.has(address)))
    const replayed = await replayStatements(started.value, worlds, hit)
    if (!replayed.ok) {
      const reason = replayed.diagnostics.map(({ message }) => message).join(' ')
      options.warn(`recorded statements could not be replayed: ${reason}`)
      return { columnsRead: (product) => columns.get(product), findQueries: () => undefined, notes: [messages['queries-not-replayed']({ reason })] }
    }
    const ids = new Map([...products].map((product) => [product, observed.resources.get(`data-product:${product}`)?.id]))
    const known = new Set([...ids].flatMap(([product, id]) => (id !== undefined && knows(id) ? [product] : [])))
    const tells = ({ tables }: ReplayStatement): boolean => tables.some((address) => known.has(address.split(/[@.]/u, 1)[0] ?? ''))
    return { columnsRead: (product) => columns.get(product), findQueries: queriesFinder(worlds, replayed.value, tells), notes: [] }
  } finally {
    await started.value.kill()
  }
}

async function statementsOver({ store, clock, home }: UseOptions, observed: ObservedMesh, products: ReadonlySet<string>): Promise<readonly ReplayStatement[]> {
  const ids = new Set([...products].flatMap((product) => observed.resources.get(`data-product:${product}`)?.id ?? []))
  const { statements } = await recordedStatements(join(home, 'audit'), { products: ids, since: new Date(clock.now() - SINCE_MILLISECONDS).toISOString(), most: MOST_STATEMENTS })
  const groups = new Map<string, Promise<string>>()
  const groupOf = (name: string): Promise<string> => {
    const known = groups.get(name) ?? nameGroup(store, clock, name)
    groups.set(name, known)
    return known
  }
  return Promise.all(statements.map(async (statement): Promise<ReplayStatement> => ({
    text: statement.text, runs: statement.runs, last: statement.last,
    who: statement.subjects.map(({ name }) => name),
    group: await groupOf(statement.subjects[0]?.name ?? ''),
    tables: tablesOf(statement),
  })))
}

/** People are told of by their domain, else their team; who has none, by name. */
async function nameGroup(store: Store, clock: Clock, name: string): Promise<string> {
  const subject = (await findAccount(store, name, clock))?.subject
  if (subject?.domains !== undefined && subject.domains.length > 0) return `the domain ${subject.domains.join(' and ')}`
  return subject !== undefined && subject.teams.length > 0 ? `the team ${subject.teams.join(' and ')}` : name
}

const tablesOf = ({ reads }: RecordedStatement): readonly string[] => [...new Set(reads.map(({ product, dataSet }) => `${product}.${dataSet}`))]

/** Words of their models' trees, for products that read one of these. */
async function columnsReadBy(process: EngineProcess, mesh: MeshModel, products: ReadonlySet<string>): Promise<ReadonlyMap<string, ReadonlySet<string> | 'all'>> {
  const found = new Map<string, ReadonlySet<string> | 'all'>()
  for (const reader of mesh.products.values()) if (readsOneOf(reader, products)) found.set(reader.name, await namesOf(process, reader))
  return found
}

const readsOneOf = ({ inputPorts, dataSets, dbt }: DataProduct, products: ReadonlySet<string>): boolean =>
  inputPorts.some((port) => port.kind === 'product' && products.has(port.product)) || [...dataSets.map(({ model }) => model), dbt].some((reads) => reads?.refs.some(({ product }) => product !== undefined && products.has(product)) === true)

async function namesOf(process: EngineProcess, { dataSets, dbt, inputPorts }: DataProduct): Promise<ReadonlySet<string> | 'all'> {
  // What a port fills by itself is copied whole; what a dbt project does is not looked into.
  if (dbt !== undefined || dataSets.some(({ from, model }) => model === undefined && inputPorts.some((port) => port.name === from && port.kind === 'product'))) return 'all'
  const names = new Set<string>()
  for (const { model } of dataSets) {
    if (model === undefined) continue
    const sql = plainSql(model.text)
    const tree = sql === undefined ? undefined : await process.parse(sql)
    const own = tree?.ok === true ? namesIn(tree.value) : 'all'
    if (own === 'all') return 'all'
    for (const name of own) names.add(name)
  }
  return names
}

/** The model's text with names for its references; undefined where more of it is a template. */
function plainSql(text: string): string | undefined {
  const sql = text.replaceAll(/\{\{\s*(?:ref|source)\(\s*(?:'(?<first>[^']*)'|"(?<other>[^"]*)")\s*(?:,\s*(?:'(?<second>[^']*)'|"(?<next>[^"]*)")\s*)?\)\s*\}\}/gu, (_whole, a?: string, b?: string, c?: string, d?: string) =>
    [a ?? b, c ?? d].filter((part) => part !== undefined).map(quoteIdentifier).join('.'))
  return /\{\{|\{%|\{#/u.test(sql) ? undefined : sql
}
