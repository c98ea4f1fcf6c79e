// What a dbt project of a product is built in: the run's engine process. Relations of the project live in the run's folder
// and end with it; those that are data sets are written as their tables want them, and wait there until they are published.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Address, Node, Warehouse, Written } from '@tulle/dbt'
import { ParquetWarehouse } from '@tulle/dbt'
import type { Relation } from '@tulle/engine'
import { duckdbTypeOf } from '@tulle/engine'
import type { Lake } from '@tulle/lake'
import type { PinnedInput, Refreshed, Session, StagedFile, Suppression, Target } from './types.ts'
import type { InStep, Keeping, Whole } from './continuous/types.ts'
import { statementFingerprint } from './continuous/keep-in-step.ts'
import { portOfProgram } from './build-program.ts'
import { SOURCES } from '@tulle/model'
import { shapeToContract } from './model-columns.ts'
import { relationAt } from './pin-inputs.ts'
import { selectColumns } from './read-port.ts'
import { relationOfStaged, rowsOf, writeDataSet } from './write-data-set.ts'
import type { Coming, Gone } from './quarantine/set-aside.ts'
import type { SetAside } from './quarantine/types.ts'
import { messages } from './messages.ts'

type Facts = NonNullable<Awaited<ReturnType<Warehouse['relation']>>>

export interface RunWarehouseOptions {
  readonly lake: Lake
  readonly suppression?: Suppression
  readonly session: Session
  /** Everything from outside that may be read, but for ports. */
  readonly given: readonly Relation[]
  /** Names of ports that the process knows. */
  readonly ports: ReadonlySet<string>
  readonly targets: readonly { readonly target: Target; readonly node: Node }[]
  readonly signal: AbortSignal
  /** Runs the program of a data set, whose rows are then the relation of that name among the ports. */
  readonly build: (target: Target, ready: (sql: string) => Promise<Result<string>>) => Promise<Result<unknown>>
  /** Keeps a data set in step with what its statement reads. */
  readonly keepInStep: (keeping: Pick<Keeping, 'target' | 'statement' | 'shape' | 'relationOf'>) => Promise<Result<InStep | Whole>>
  /** Sets rows of a data set aside as soon as they are there, before another model reads them. */
  readonly setAside: (coming: Pick<Coming, 'target' | 'staged' | 'base' | 'name'> & { readonly isFirst: boolean }) => Promise<Result<Gone>>
}

interface Kept { readonly files: readonly StagedFile[]; readonly aside: readonly SetAside[]; /** The version that the files are added to. */ readonly base: string | undefined; readonly refreshed?: Refreshed }

export class RunWarehouse implements Warehouse {
  readonly #options: RunWarehouseOptions
  readonly #inner: ParquetWarehouse
  readonly #facts = new Map<string, Facts>()
  readonly #targets: ReadonlyMap<string, Target>
  readonly #relations = new Map<string, Relation>()
  readonly #published = new Map<string, string>()
  readonly #kept = new Map<string, Kept>()
  readonly #built = new Set<string>()
  #writes = 0

  constructor(options: RunWarehouseOptions) {
    this.#options = options
    const { session, ports, targets, given } = options
    this.#targets = new Map(targets.map(({ target, node }) => [keyOf({ schema: node.schema, name: node.alias }), target]))
    this.#inner = new ParquetWarehouse({
      runner: session.process, folder: session.outFolder, notes: session.factsFolder, signal: options.signal,
      known: (schema, name) => schema === SOURCES && (ports.has(name) || this.#built.has(name)),
      writable: (schema) => schema !== SOURCES,
    })
    for (const relation of given) this.give(relation)
  }

  /** What the run's earlier step built besides data sets. */
  load(): Promise<void> {
    return this.#inner.load()
  }

  save(): Promise<void> {
    return this.#inner.save()
  }

  give(relation: Relation): void {
    const { schema, name, columns } = relation
    this.#inner.give(relation)
    this.#relations.set(keyOf(relation), relation)
    this.#facts.set(keyOf(relation), { schema, name, kind: 'table', columns: columns.map((column) => ({ name: column.name, type: duckdbTypeOf(column.type) })) })
  }

  /** What is published of the project's own data sets, so that models see what they were. */
  async givePublished(own: readonly PinnedInput[]): Promise<Result<void>> {
    for (const { target, node } of this.#options.targets) {
      const pinned = own.find((one) => one.dataSet === target.dataSet.name)
      if (pinned === undefined) continue
      const given = await this.giveSnapshot(target, node, pinned.snapshot)
      if (!given.ok) return given
      this.#published.set(target.dataSet.name, pinned.snapshot)
    }
    return ok(undefined)
  }

  /** A data set at a snapshot, under the name that the project has for it. */
  async giveSnapshot({ table, contract }: Target, { schema, alias }: Node, snapshot: string): Promise<Result<void>> {
    const { lake, session } = this.#options
    const relation = await relationAt(lake, { product: table.name.namespace, dataSet: table.name.name, snapshot }, session.inFolder)
    if (!relation.ok) return relation
    const promised = new Set(contract.columns.map((column) => column.name))
    const columns = relation.value.columns.filter((column) => promised.has(column.name))
    // Of another contract, it has nothing that could be gone on with.
    if (columns.length > 0) this.give({ ...relation.value, schema, name: alias, columns })
    return ok(undefined)
  }

  /** What waits to become a data set; undefined where nothing was written of it. */
  keptOf(dataSet: string): Kept | undefined {
    return this.#kept.get(dataSet)
  }

  async relation(schema: string, name: string): Promise<Facts | undefined> {
    const known = this.#facts.get(keyOf({ schema, name })) ?? (await this.#inner.relation(schema, name))
    if (known !== undefined || schema !== SOURCES || !this.#options.ports.has(name)) return known
    const columns = await this.columnsOf(`select * from "${SOURCES}"."${name.replaceAll('"', '""')}"`)
    return columns.ok ? { schema, name, kind: 'table', columns: columns.value } : undefined
  }

  async relations(schema: string): Promise<readonly Facts[]> {
    const given = [...this.#facts.values()].filter((one) => one.schema.toLowerCase() === schema.toLowerCase())
    return [...given, ...(await this.#inner.relations(schema))]
  }

  query(...asked: Parameters<Warehouse['query']>): ReturnType<Warehouse['query']> {
    return this.#inner.query(...asked)
  }

  columnsOf(sql: string): ReturnType<Warehouse['columnsOf']> {
    return this.#inner.columnsOf(sql)
  }

  replace(address: Address, kind: 'table' | 'view', sql: string): Promise<Result<Written>> {
    const target = this.#targets.get(keyOf(address))
    if (target === undefined) return this.#inner.replace(address, kind, sql)
    if (target.dataSet.refresh === 'continuous') return this.#writeInStep(address, target, sql)
    const none: Kept = { files: [], aside: [], base: undefined }
    return target.dataSet.model?.program === undefined ? this.#write(address, target, sql, none) : this.#writeProgram(address, target, none)
  }

  async #writeInStep(address: Address, target: Target, sql: string): Promise<Result<Written>> {
    const ready = await this.#inner.ready(sql)
    if (!ready.ok) return ready
    const prepared = await this.#options.session.process.prepare(ready.value)
    if (!prepared.ok) return prepared
    const made = await this.#options.keepInStep({
      target, statement: ready.value,
      shape: (query) => shapeToContract(target, query, prepared.value.columns),
      relationOf: (schema, name) => this.#relations.get(keyOf({ schema, name })),
    })
    // The process knows other relations by now.
    this.#inner.forget()
    if (!made.ok) return made
    const refreshed: Refreshed = { statement: statementFingerprint(ready.value) }
    if (made.value.kind === 'whole') return this.#write(address, target, sql, { files: [], aside: [], base: undefined, refreshed })
    const { staged, base, gone, relation } = made.value
    this.give({ ...relation, schema: address.schema, name: address.name })
    this.#kept.set(target.dataSet.name, { files: staged, aside: [], base, refreshed: { ...refreshed, gone } })
    return ok({ rows: rowsOf(staged) })
  }

  async #writeProgram(address: Address, target: Target, onto: Kept): Promise<Result<Written>> {
    const built = await this.#options.build(target, (sql) => this.#inner.ready(sql))
    if (!built.ok) return built
    const port = portOfProgram(target.dataSet.name)
    this.#built.add(port)
    return this.#write(address, target, selectColumns(SOURCES, port, undefined), onto)
  }

  append(address: Address, sql: string): Promise<Result<Written>> {
    const target = this.#targets.get(keyOf(address))
    if (target === undefined) return this.#inner.append(address, sql)
    return this.#write(address, target, sql, this.#kept.get(target.dataSet.name) ?? { files: [], aside: [], base: this.#published.get(target.dataSet.name) })
  }

  keepTexts(...given: Parameters<Warehouse['keepTexts']>): ReturnType<Warehouse['keepTexts']> {
    return this.#inner.keepTexts(...given)
  }

  drop(address: Address): Promise<void> {
    return this.#inner.drop(address)
  }

  /** The rows as their contract has them, beside `onto`. */
  async #write({ schema, name: alias }: Address, target: Target, sql: string, onto: Kept): Promise<Result<Written>> {
    const { lake, suppression, session, signal } = this.#options
    const ready = await this.#inner.ready(sql)
    if (!ready.ok) return ready
    const prepared = await session.process.prepare(ready.value)
    if (!prepared.ok) return prepared
    const query = shapeToContract(target, ready.value, prepared.value.columns)
    if (!query.ok) return query
    const name = `${target.dataSet.name}.${this.#writes++}`
    // What is written may read what was written before under the same name.
    const files = await writeDataSet({ lake, ...(suppression !== undefined && { suppression }) }, session, { target, query: query.value, signal, name })
    // A place in a file of a port is kept; the engine's place in the shaped query is nobody's line.
    if (!files.ok) return fail(...files.diagnostics.map(({ place, ...rest }) => (rest.code === 'engine-file' && place !== undefined ? { ...rest, place } : rest)))
    const left = await this.#options.setAside({ target, staged: files.value, base: onto.base, name, isFirst: onto.files.length === 0 })
    if (!left.ok) return left
    const kept: Kept = { ...onto, files: [...onto.files, ...left.value.staged], aside: [...onto.aside, ...(left.value.aside === undefined ? [] : [left.value.aside])], base: onto.base }
    const relation = await relationOfStaged(lake, session, target, kept.files, kept.base)
    if (!relation.ok) return relation
    this.give({ ...relation.value, schema, name: alias })
    this.#kept.set(target.dataSet.name, kept)
    return ok({ rows: rowsOf(left.value.staged) })
  }
}

/** Every target's node was built, or a diagnostic for each that was not. */
export function missingOf(warehouse: RunWarehouse, targets: RunWarehouseOptions['targets']): Result<void> {
  const missing = targets.filter(({ target }) => warehouse.keptOf(target.dataSet.name) === undefined)
  return missing.length === 0 ? ok(undefined) : fail(...missing.map(({ target }) => messages['dbt-not-built']({ dataSet: target.address })))
}

const keyOf = ({ schema, name }: Address): string => `${schema.toLowerCase()}.${name.toLowerCase()}`
