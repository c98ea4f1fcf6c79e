// A table that our lake and a peer write in turns, and beside it a plain model of what its rows must be at every snapshot.
// Values are compared as texts that both sides print from SQL, so that no client's conversions stand between.

import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { duckdbEngine } from '@tulle/engine'
import type { Engine, EngineProcess } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { commit, createTable, fieldIdsOf, loadTable, newDataPath, parseType, planScan, printType, stageAppend, stagePartitioning, stageRowDelta, stageSchema } from '@tulle/lake'
import type { Column, DataFile, Lake, StagedCommit, Table, TableName } from '@tulle/lake'
import { dataFileOf, tableRelation, writeRows } from '@tulle/tables'

export interface Version {
  readonly what: string
  readonly snapshot: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: Rows
}
export type Rows = readonly (readonly (string | null)[])[]

export const KEY = 'id'

/** Every type that both sides have; doubles are sums of halves, so that all print them exactly. */
export const TYPES: Readonly<Record<string, string>> = {
  id: 'long', flag: 'boolean', i: 'int', f: 'float', d: 'double', dec9: 'decimal(9, 2)', dec38: 'decimal(38, 10)', dt: 'date', ts: 'timestamp', tz: 'timestamptz',
  s: 'string', u: 'uuid', bin: 'binary', li: 'list<int>', st: 'struct<x: int, y: string>', m: 'map<string, double>',
}

export const rowsFrom = (from: number, to: number): string => `
  SELECT i::BIGINT AS id, i % 2 = 0 AS flag, (i - 50)::INTEGER AS i, (i / 2)::FLOAT AS f, CASE WHEN i % 7 = 0 THEN NULL ELSE i / 4 END::DOUBLE AS d,
    (i * 1.25 - 60)::DECIMAL(9,2) AS dec9, (i::DECIMAL(38,10) * 12345678901234567)::DECIMAL(38,10) AS dec38, DATE '1969-12-30' + (i % 40)::INTEGER AS dt,
    TIMESTAMP '1969-12-31 23:00:00.123456' + INTERVAL (i) HOUR AS ts, TIMESTAMPTZ '2001-01-01 00:00:00+00' + INTERVAL (i) DAY AS tz,
    CASE WHEN i % 5 = 0 THEN NULL ELSE 'żółw ' || i END AS s, ('00000000-0000-4000-8000-' || lpad(i::VARCHAR, 12, '0'))::UUID AS u, encode('bytes ' || i) AS bin,
    [i::INTEGER, i::INTEGER + 1] AS li, {'x': i::INTEGER, 'y': 'y' || i} AS st, MAP {'k' || i: i / 2.0} AS m
  FROM range(${from}, ${to}) r(i)`

export class Exchange {
  readonly lake: Lake
  readonly name: TableName
  readonly versions: Version[] = []
  readonly #folder: string
  readonly #engine: Engine
  readonly #process: EngineProcess
  readonly #model: DuckDBConnection
  #files = 0

  private constructor(lake: Lake, name: TableName, folder: string, engine: Engine, process: EngineProcess, model: DuckDBConnection) {
    this.lake = lake
    this.name = name
    this.#folder = folder
    this.#engine = engine
    this.#process = process
    this.#model = model
  }

  static async open(lake: Lake, name: TableName, { work, read }: { readonly work: string; readonly read: readonly string[] }): Promise<Exchange> {
    const folder = await mkdtemp(join(work, 'written-'))
    const engine = duckdbEngine({ folder: await mkdtemp(join(work, 'engine-')) })
    const process = valueOf(await engine.start({ readPaths: [folder, ...read], writePaths: [folder], memoryMegabytes: 512, threads: 2 }))
    const model = await (await DuckDBInstance.create(':memory:')).connect()
    await model.run("SET TimeZone = 'UTC'")
    return new Exchange(lake, name, folder, engine, process, model)
  }

  close(): Promise<void> {
    return this.#engine.close()
  }

  table(): Promise<Table> {
    return loadTable(this.lake, this.name).then(valueOf)
  }

  /** A table of every type, parted by day and bucket: appends, deletes of both kinds and an evolved schema. */
  async grow(): Promise<void> {
    const columns: readonly Column[] = Object.entries(TYPES).map(([name, text]) => ({ name, type: valueOf(parseType(text)) }))
    valueOf(await createTable(this.lake, {
      name: this.name, folder: this.name.namespace, columns,
      partitioning: [{ source: 'ts', transform: 'day' }, { source: 'id', transform: 'bucket[3]' }],
    }))
    await this.#model.run(`CREATE TABLE rows AS ${rowsFrom(0, 0)}`)
    await this.append('the first append', rowsFrom(0, 60))
    await this.append('the second append', rowsFrom(60, 100))
    await this.deleteByPosition('rows deleted by position', 'id % 10 = 3')
    await this.deleteByEquality('rows deleted by equality', 'id % 10 = 4')
    await this.append('rows that had been deleted, again', rowsFrom(54, 55))
    await this.#evolve()
    await this.append('an append with the evolved schema', EVOLVED(100, 120))
  }

  async repartition(): Promise<void> {
    await this.#stage(async (table) => valueOf(await stagePartitioning(this.lake, table, [{ source: 'label', transform: 'truncate[6]' }])))
    await this.append('an append with another partitioning', EVOLVED(120, 130))
  }

  async append(what: string, query: string): Promise<void> {
    const table = await this.table()
    const files = await this.#write(table, query)
    await this.#change(what, `INSERT INTO rows BY NAME ${query}`, stageAppend(this.lake, table, { files }))
  }

  async deleteByPosition(what: string, where: string): Promise<void> {
    const table = await this.table()
    const scan = valueOf(await planScan(this.lake, table))
    const deletes: DataFile[] = []
    for (const scanned of scan.files) {
      valueOf(await this.#process.define([valueOf(await tableRelation(this.lake, table, { ...scan, files: [{ ...scanned, deletes: [] }] }))]))
      const numbered = `SELECT ${quoted(scanned.file.path)} AS file_path, pos FROM (SELECT row_number() OVER () - 1 AS pos, * FROM ${this.#relation()}) WHERE ${where}`
      const file = await this.#writeDelete(numbered, { file_path: 2147483546, pos: 2147483545 })
      if (file.rows > 0) deletes.push({ ...file, content: 'position-deletes', ...partOf(scanned.file) })
    }
    await this.#change(what, `DELETE FROM rows WHERE ${where}`, stageRowDelta(this.lake, table, { deletes }))
  }

  async deleteByEquality(what: string, where: string): Promise<void> {
    const table = await this.table()
    const scan = valueOf(await planScan(this.lake, table))
    const key = table.schema.fields.find((field) => field.name === KEY)
    if (key === undefined) throw new Error('the table has no key')
    const deletes: DataFile[] = []
    for (const scanned of scan.files) {
      valueOf(await this.#process.define([valueOf(await tableRelation(this.lake, table, { ...scan, files: [scanned] }))]))
      const file = await this.#writeDelete(`SELECT ${KEY} FROM ${this.#relation()} WHERE ${where}`, { [KEY]: key.id })
      if (file.rows > 0) deletes.push({ ...file, content: 'equality-deletes', equalityIds: [key.id], ...partOf(scanned.file) })
    }
    await this.#change(what, `DELETE FROM rows WHERE ${where}`, stageRowDelta(this.lake, table, { deletes }))
  }

  async #evolve(): Promise<void> {
    const kept = (await this.table()).schema.fields.filter(({ name }) => !['s', 'flag', 'i', 'f', 'dec9', 'bin'].includes(name)).map(({ name, type }): Column => ({ name, type }))
    const columns: readonly Column[] = [
      ...kept, { name: 'label', renamedFrom: 's', type: 'string' }, { name: 'i', type: 'long' }, { name: 'f', type: 'double' }, { name: 'dec9', type: 'decimal(12, 2)' }, { name: 'note', type: 'string' },
    ]
    await this.#stage(async (table) => valueOf(await stageSchema(this.lake, table, columns)))
    for (const sql of [
      'ALTER TABLE rows RENAME s TO label', 'ALTER TABLE rows ALTER i TYPE BIGINT', 'ALTER TABLE rows ALTER f TYPE DOUBLE', 'ALTER TABLE rows ALTER dec9 TYPE DECIMAL(12,2)',
      'ALTER TABLE rows ADD COLUMN note VARCHAR', 'ALTER TABLE rows DROP flag', 'ALTER TABLE rows DROP bin',
    ]) await this.#model.run(sql)
  }

  async #stage(stage: (table: Table) => Promise<StagedCommit | undefined>): Promise<void> {
    const staged = await stage(await this.table())
    if (staged === undefined) throw new Error('nothing changed')
    valueOf(await commit(this.lake, [staged]))
  }

  async #change(what: string, sql: string, staging: Promise<Result<StagedCommit>>): Promise<void> {
    valueOf(await commit(this.lake, [valueOf(await staging)]))
    await this.apply(what, sql)
  }

  /** What somebody did to the table is done to the model too, and remembered as the newest version. */
  async apply(what: string, sql: string): Promise<Version> {
    await this.#model.run(sql)
    const table = await this.table()
    const columns = table.schema.fields.map(({ name, type }) => ({ name, type: printType(type) }))
    const snapshot = table.currentSnapshot?.id ?? ''
    const answer = await (await this.#model.run(selectTexts('rows', columns))).getRowsJson()
    const version = { what, snapshot, columns, rows: normalised(answer as Rows, columns) }
    this.versions.push(version)
    return version
  }

  /** The rows that our own reader finds at a version. */
  async read({ snapshot, columns }: Version): Promise<Rows> {
    const table = await this.table()
    const scan = valueOf(await planScan(this.lake, table, { snapshotId: snapshot }))
    const fields = table.schemas.find((schema) => schema.schemaId === table.metadata.currentSchemaId)?.fields ?? []
    const relation = valueOf(await tableRelation(this.lake, table, scan, { columns: columns.map(({ name }) => {
      const field = [...fields, ...scan.schema.fields].find((one) => one.name === name)
      if (field === undefined) throw new Error(`no column ${name}`)
      return { name, type: field.type, fieldId: field.id }
    }) }))
    valueOf(await this.#process.define([relation]))
    return normalised(await this.#query(selectTexts(this.#relation(), columns)), columns)
  }

  #relation(): string {
    return `"${this.name.namespace}"."${this.name.name}"`
  }

  async #query(sql: string): Promise<Rows> {
    const cursor = valueOf(await this.#process.open(sql, { encoding: { kind: 'rows' } }))
    const rows: (readonly (string | null)[])[] = []
    for (;;) {
      const batch = valueOf(await cursor.fetch(10_000))
      if (batch.rows > 0) rows.push(...(JSON.parse(Buffer.from(batch.bytes).toString('utf8')) as Rows))
      if (batch.done) return rows
    }
  }

  async #write(table: Table, query: string): Promise<readonly DataFile[]> {
    const written = valueOf(await writeRows(this.#process, table, { query: reordered(query, table), folder: this.#folder, name: `rows-${this.#files++}` }))
    const files: DataFile[] = []
    for (const one of written) files.push(dataFileOf(table, one, valueOf(await this.lake.objects.adopt(newDataPath(this.lake, table), one.file.path))))
    return files
  }

  async #writeDelete(query: string, fieldIds: Readonly<Record<string, number>>): Promise<DataFile> {
    const table = await this.table()
    const path = join(this.#folder, `deletes-${this.#files++}.parquet`)
    const { rows, bytes } = valueOf(await this.#process.write(query, { path, fieldIds }))
    return { path: valueOf(await this.lake.objects.adopt(newDataPath(this.lake, table), path)), rows, bytes }
  }
}

/** Rows of the model's later versions: the columns that came, and none of those that went. */
export const EVOLVED = (from: number, to: number): string => `SELECT * EXCLUDE (s, flag, i, f, dec9, bin), s AS label, i::BIGINT AS i, f::DOUBLE AS f, dec9::DECIMAL(12,2) AS dec9, 'note ' || id AS note FROM (${rowsFrom(from, to)})`

const reordered = (query: string, table: Table): string => `SELECT ${Object.keys(fieldIdsOf(table.schema)).map((name) => `"${name}"`).join(', ')} FROM (${query})`

const partOf = ({ specId, partition }: DataFile): Pick<DataFile, 'specId' | 'partition'> => ({ ...(specId !== undefined && { specId }), ...(partition !== undefined && { partition }) })

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

function selectTexts(from: string, columns: Version['columns']): string {
  return `SELECT ${columns.map(({ name, type }) => textOf(name, type)).join(', ')} FROM ${from} ORDER BY ${KEY}`
}

function textOf(name: string, type: string): string {
  if (type === 'float' || type === 'double') return `CAST(CAST(${name} * 4 AS BIGINT) AS VARCHAR)`
  if (type === 'binary') return `lower(hex(${name}))`
  return /^(?:list|map|struct)/u.test(type) ? `CAST(to_json(${name}) AS VARCHAR)` : `CAST(${name} AS VARCHAR)`
}

/** Texts without what engines print differently: zeros at the end of fractions, the zone of UTC, spaces in JSON. */
export const normalised = (rows: Rows, columns: Version['columns']): Rows =>
  rows.map((row) => row.map((text, i) => (text === null ? null : plain(String(text), columns[i]?.type ?? ''))))

function plain(text: string, type: string): string {
  if (/^(?:list|map|struct)/u.test(type)) return JSON.stringify(JSON.parse(text))
  const bare = type.startsWith('timestamp') ? text.replace(/(?:\+00(?::00)?| ?UTC|Z)$/u, '').replace('T', ' ') : text
  return /^(?:decimal|time)/u.test(type) ? bare.replace(/(\.\d*?)0+$/u, '$1').replace(/\.$/u, '') : bare
}

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
