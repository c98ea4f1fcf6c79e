// A warehouse of Parquet files in a folder, by an engine process that may read and write there. A relation is a list of
// files; it changes by a new list, so what somebody reads is never half written.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { ALLOWED_FUNCTIONS, checkStatement, checkText, quoteLiteral } from '@tulle/sql'
import type { Tree } from '@tulle/sql'
import type { ColumnFacts, RelationFacts, Rows } from '../context/answers.ts'
import { quoted } from '../context/relation.ts'
import { messages } from '../messages.ts'
import { storedType } from './stored-type.ts'
import type { Address, Warehouse, Written } from './warehouse.ts'
import { withoutEnd } from './compile-node.ts'

/** What is needed of an engine process. */
export interface Runner {
  parse(sql: string): Promise<Result<Tree>>
  define(relations: readonly EngineRelation[]): Promise<Result<void>>
  prepare(sql: string): Promise<Result<{ readonly columns: readonly ColumnFacts[] }>>
  open(sql: string, options: { readonly encoding: { readonly kind: 'rows' }; readonly timeoutMilliseconds?: number; readonly signal?: AbortSignal }): Promise<Result<{ readonly columns: readonly ColumnFacts[]; fetch(most: number): Promise<Result<{ readonly bytes: Uint8Array; readonly done: boolean }>>; close(): Promise<void> }>>
  write(sql: string, options: { readonly path: string; readonly fieldIds: Readonly<Record<string, number>>; readonly timeoutMilliseconds?: number; readonly signal?: AbortSignal }): Promise<Result<{ readonly rows: number }>>
}
export interface EngineRelation { readonly schema: string; readonly name: string; readonly columns: readonly { readonly name: string; readonly type: unknown; readonly fieldId: number }[]; readonly files: readonly { readonly path: string }[] }

interface Held extends RelationFacts { readonly files: readonly string[]; readonly stored: readonly { readonly name: string; readonly type: string }[] }

export interface ParquetWarehouseOptions {
  readonly runner: Runner
  /** Where files lie; the process may write there. */
  readonly folder: string
  /** Relations of others that may be read, and never written. */
  readonly given?: readonly EngineRelation[]
  /** What the process knows beside them, and may be read. */
  readonly known?: (schema: string, name: string) => boolean
  /** Where it is kept what `load` finds again; the folder itself where absent. */
  readonly notes?: string
  /** Schemas in which relations may be made; all but those of `given` where absent. */
  readonly writable?: (schema: string) => boolean
  readonly timeoutMilliseconds?: number
  /** Ends what runs. */
  readonly signal?: AbortSignal
}

const MOST_ROWS = 100_000
/** Without quotes, as no text is. */
const NO_TEXT = '\\N'
/** Bytes; the reader keeps a buffer of many lines, so what it is told of the longest one is what it takes of a run's memory. */
const COMMON_LINE = 64 * 1024

export class ParquetWarehouse implements Warehouse {
  readonly #options: ParquetWarehouseOptions
  readonly #held = new Map<string, Held>()
  readonly #given: Map<string, EngineRelation>
  #stale = true

  constructor(options: ParquetWarehouseOptions) {
    this.#options = options
    this.#given = new Map((options.given ?? []).map((one) => [keyOf(one), one]))
  }

  /** What an earlier run has left in the folder. */
  async load(): Promise<void> {
    try {
      for (const held of JSON.parse(await readFile(this.#notes, 'utf8')) as readonly Held[]) this.#held.set(keyOf(held), held)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error
    }
  }

  async save(): Promise<void> {
    const path = this.#notes
    await writeFile(`${path}.new`, JSON.stringify([...this.#held.values()]))
    await rename(`${path}.new`, path)
  }

  get #notes(): string {
    return join(this.#options.notes ?? this.#options.folder, 'relations.json')
  }

  /** Another relation of others, or what one has become. */
  give(relation: EngineRelation): void {
    this.#given.set(keyOf(relation), relation)
    this.#stale = true
  }

  /** Somebody else told the process of other relations meanwhile. */
  forget(): void {
    this.#stale = true
  }

  relation(schema: string, name: string): Promise<RelationFacts | undefined> {
    const given = this.#given.get(keyOf({ schema, name }))
    return Promise.resolve(this.#held.get(keyOf({ schema, name })) ?? (given === undefined ? undefined : { schema: given.schema, name: given.name, kind: 'table', columns: given.columns.map(({ name: column, type }) => ({ name: column, type: typeof type === 'string' ? type : 'VARCHAR' })) }))
  }

  relations(schema: string): Promise<readonly RelationFacts[]> {
    return Promise.resolve([...this.#held.values()].filter((held) => held.schema.toLowerCase() === schema.toLowerCase()))
  }

  /** The files of a relation, for whoever takes it over. */
  filesOf(address: Address): readonly string[] {
    return this.#held.get(keyOf(address))?.files ?? []
  }

  async columnsOf(sql: string): Promise<Result<readonly ColumnFacts[]>> {
    const ready = await this.ready(sql)
    if (!ready.ok) return ready
    const prepared = await this.#options.runner.prepare(ready.value)
    return prepared.ok ? ok(prepared.value.columns) : prepared
  }

  async query(sql: string): Promise<Result<Rows>> {
    const ready = await this.ready(sql)
    if (!ready.ok) return ready
    const cursor = await this.#options.runner.open(ready.value, { encoding: { kind: 'rows' }, ...this.#limits() })
    if (!cursor.ok) return cursor
    const rows: (readonly unknown[])[] = []
    try {
      for (;;) {
        const batch = await cursor.value.fetch(10_000)
        if (!batch.ok) return batch
        if (batch.value.bytes.length > 0) for (const row of JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as readonly (readonly unknown[])[]) rows.push(row)
        if (rows.length > MOST_ROWS) return fail(messages['dbt-template-limit']({ limit: 'rows that a template reads', most: MOST_ROWS }))
        if (batch.value.done) return ok({ columns: cursor.value.columns, rows })
      }
    } finally {
      await cursor.value.close()
    }
  }

  async replace(address: Address, kind: 'table' | 'view', sql: string): Promise<Result<Written>> {
    const written = await this.#write(address, sql)
    if (!written.ok) return written
    const before = this.#held.get(keyOf(address))?.files ?? []
    this.#hold({ ...address, kind, columns: written.value.columns, stored: written.value.stored, files: [written.value.file] })
    await this.#remove(before)
    return ok({ rows: written.value.rows })
  }

  async append(address: Address, sql: string): Promise<Result<Written>> {
    const held = this.#held.get(keyOf(address))
    if (held === undefined) return this.replace(address, 'table', sql)
    const shaped = `select ${held.stored.map(({ name }, i) => `cast(${quoted(name)} as ${held.columns[i]?.type ?? 'VARCHAR'}) as ${quoted(name)}`).join(', ')} from (\n${withoutEnd(sql)}\n) as added`
    const written = await this.#write(address, shaped)
    if (!written.ok) return written
    this.#hold({ ...held, files: [...held.files, written.value.file] })
    return ok({ rows: written.value.rows })
  }

  async keepTexts(address: Address, columns: readonly string[], rows: readonly (readonly (string | undefined)[])[]): Promise<Result<Written>> {
    const { folder, runner } = this.#options
    const file = join(folder, `${randomUUID()}.csv`)
    await mkdir(folder, { recursive: true })
    const cell = (text: string | undefined): string => (text === undefined ? NO_TEXT : `"${text.replaceAll('"', '""')}"`)
    const lines = rows.map((row) => `${row.map(cell).join(',')}\n`)
    await writeFile(file, lines.join(''))
    const longest = lines.reduce((most, line) => Math.max(most, Buffer.byteLength(line)), COMMON_LINE)
    try {
      const shape = columns.map((name) => `${quoteLiteral(name)}: 'VARCHAR'`).join(', ')
      const sql = `select * from read_csv(${quoteLiteral(file)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = ${quoteLiteral(NO_TEXT)}, allow_quoted_nulls = false, max_line_size = ${longest}, buffer_size = ${4 * longest}, parallel = false, columns = {${shape}})`
      const into = `${randomUUID()}.parquet`
      const written = await runner.write(rows.length === 0 ? `select ${columns.map((name) => `cast(null as VARCHAR) as ${quoted(name)}`).join(', ')} where false` : sql, { path: join(folder, into), fieldIds: Object.fromEntries(columns.map((name, i) => [name, i + 1])), ...this.#limits() })
      if (!written.ok) return written
      this.#hold({ ...address, kind: 'table', columns: columns.map((name) => ({ name, type: 'VARCHAR' })), stored: columns.map((name) => ({ name, type: 'string' })), files: [into] })
      return ok({ rows: written.value.rows })
    } finally {
      await rm(file, { force: true })
    }
  }

  async drop(address: Address): Promise<void> {
    const held = this.#held.get(keyOf(address))
    if (held === undefined) return
    this.#held.delete(keyOf(address))
    this.#stale = true
    await this.#remove(held.files)
  }

  #hold(held: Held): void {
    this.#held.set(keyOf(held), held)
    this.#stale = true
  }

  async #remove(files: readonly string[]): Promise<void> {
    for (const file of files) await rm(join(this.#options.folder, file), { force: true })
  }

  async #write(address: Address, sql: string): Promise<Result<{ readonly file: string; readonly rows: number; readonly columns: readonly ColumnFacts[]; readonly stored: Held['stored'] }>> {
    const { runner, folder, writable } = this.#options
    if (this.#given.has(keyOf(address)) || writable?.(address.schema) === false) return fail(messages['dbt-outside']({ relation: `${address.schema}.${address.name}` }))
    const columns = await this.columnsOf(sql)
    if (!columns.ok) return columns
    const types = columns.value.map((column) => ({ name: column.name, ...storedType(column.type) }))
    const shaped = types.some((type) => type.cast !== undefined) ? `select ${types.map(({ name, cast }) => (cast === undefined ? quoted(name) : `cast(${quoted(name)} as ${cast}) as ${quoted(name)}`)).join(', ')} from (\n${withoutEnd(sql)}\n) as stored` : withoutEnd(sql)
    await mkdir(folder, { recursive: true })
    const file = `${address.name.replace(/\W/gu, '_').slice(0, 60)}-${randomUUID()}.parquet`
    const written = await runner.write(shaped, { path: join(folder, file), fieldIds: Object.fromEntries(types.map(({ name }, i) => [name, i + 1])), ...this.#limits() })
    if (!written.ok) return written
    return ok({ file, rows: written.value.rows, columns: types.map(({ name, cast }, i) => ({ name, type: cast ?? columns.value[i]?.type ?? 'VARCHAR' })), stored: types.map(({ name, type }) => ({ name, type })) })
  }

  #limits(): { readonly timeoutMilliseconds?: number; readonly signal?: AbortSignal } {
    const { timeoutMilliseconds, signal } = this.#options
    return { ...(timeoutMilliseconds !== undefined && { timeoutMilliseconds }), ...(signal !== undefined && { signal }) }
  }

  /** The gate: one SELECT, of relations that are here, with functions that are allowed. What passes is defined in the process. */
  async ready(sql: string): Promise<Result<string>> {
    const { runner, folder, known } = this.#options
    const text = withoutEnd(sql)
    const checked = checkText(text)
    if (!checked.ok) return checked
    const tree = await runner.parse(text)
    if (!tree.ok) return tree
    const passed = checkStatement(tree.value, { functions: ALLOWED_FUNCTIONS, tables: (schema, name) => this.#held.has(keyOf({ schema, name })) || this.#given.has(keyOf({ schema, name })) || known?.(schema, name) === true })
    if (!passed.ok) return passed
    if (this.#stale) {
      const own = [...this.#held.values()].map((held): EngineRelation => ({ schema: held.schema, name: held.name, columns: held.stored.map((column, i) => ({ ...column, fieldId: i + 1 })), files: held.files.map((file) => ({ path: join(folder, file) })) }))
      const defined = await runner.define([...this.#given.values(), ...own])
      if (!defined.ok) return defined
      this.#stale = false
    }
    return ok(text)
  }
}

const keyOf = ({ schema, name }: Address): string => `${schema.toLowerCase()}.${name.toLowerCase()}`
