// A data set that is kept in step with what its statement reads: of each input the rows that changed since the published version was
// made, of the result the rows that they touch. The version that is made says which snapshots it read, in the same transaction,
// so nothing is read twice and nothing is left out. Where anything is not as it was told, the whole is built instead, and why is said.

import { join } from 'node:path'
import { rm } from 'node:fs/promises'
import type { Result } from '@tulle/kernel'
import { ok, sha256 } from '@tulle/kernel'
import { printStatement } from '@tulle/engine'
import type { EngineProcess, Relation } from '@tulle/engine'
import type { Scan, Snapshot, Table } from '@tulle/lake'
import { ancestorsOf, loadTable, planScan } from '@tulle/lake'
import { changedRows } from '@tulle/lineage'
import type { ChangedRows, TableName } from '@tulle/lineage'
import { compileChecks } from '@tulle/quality'
import { quoteIdentifier } from '@tulle/sql'
import type { TreeNode } from '@tulle/sql'
import { markRows } from '@tulle/tables'
import type { MarkedFile } from '@tulle/tables'
import type { StagedFile, StagedGone, Target } from '../types.ts'
import { madeBy, RUN_SUMMARY } from '../run-summary.ts'
import { linkInto } from '../sessions.ts'
import { relationOfStaged, rowsOf, writeDataSet, writeFacts } from '../write-data-set.ts'
import { changedInputs, changedName, PLACE } from './changed-inputs.ts'
import type { Changed, NumberedVersions } from './changed-inputs.ts'
import { versionsOf } from './input-versions.ts'
import { narrowInputs, narrowedName } from './narrow-inputs.ts'
import type { InStep, Keeping, Whole } from './types.ts'

const whole = (why: string): Result<Whole> => ok({ kind: 'whole', why })

export const statementFingerprint = (statement: string): string => sha256(statement)

export async function keepInStep(keeping: Keeping): Promise<Result<InStep | Whole>> {
  const { workshop: { lake }, session: { process }, statement, ingested } = keeping
  const published = await publishedVersion(keeping)
  if (!published.ok) return published
  if (published.value.kind === 'whole') return published as Result<Whole>
  const { table, base } = published.value
  const tree = await process.parse(statement)
  if (!tree.ok) return tree
  const names = new Map<string, number>()
  const numberOf = ({ schema, name }: { readonly schema: string; readonly name: string }): number => {
    const key = `${schema}.${name}`
    names.set(key, names.get(key) ?? names.size)
    return names.get(key) as number
  }
  const read = (isUnchanged: (table: TableName) => boolean): ReturnType<typeof changedRows> => changedRows(tree.value, {
    columnsOf: ({ schema, name }) => keeping.relationOf(schema, name)?.columns.map((column) => ({ name: column.name })),
    addressOf: (table, version, narrowed) => ({ schema: PLACE, name: narrowed === undefined ? changedName(version, numberOf(table)) : narrowedName(version, narrowed) }),
    keyOf: ({ schema, name }) => keyOf(keeping.ownOf(schema, name)),
    isUnchanged,
  })
  const reads = read(() => false)
  if (reads.kind === 'refused') return whole(`of ${reads.clause} it is not known which rows a change touches`)
  const versions = await versionsOf(keeping, reads.reads, { lake, base, before: inputsOf(base), now: ingested.inputs })
  if (!versions.ok) return versions
  if ('kind' in versions.value) return versions as Result<Whole>
  const inputs = versions.value.map((one): NumberedVersions => ({ ...one, number: numberOf(one.read) }))
  const relations = await changedInputs(process, inputs, keeping)
  if (!relations.ok) return relations
  const changes = read(({ schema, name }) => !relations.value.changed.has(numberOf({ schema, name })))
  if (changes.kind === 'refused') return whole(`of ${changes.clause} it is not known which rows a change touches`)
  return mergeInto(keeping, { table, base, changes, numberOf, ...relations.value })
}

const keyOf = (target: Target | undefined): readonly string[] | undefined => {
  const key = target?.contract.columns.filter(({ primaryKey }) => primaryKey !== undefined).map(({ name }) => name)
  return key === undefined || key.length === 0 ? undefined : key
}

const inputsOf = (base: Snapshot): Readonly<Record<string, string>> => JSON.parse(base.summary[RUN_SUMMARY.inputs] ?? '{}') as Readonly<Record<string, string>>

/** `base` has the rows; what it says of itself is what the run said that made them, whoever brought its files together since. */
interface Published { readonly kind: 'published'; readonly table: Table; readonly base: Snapshot }

/** The version to go on from: made by the same statement and contract, and by a run. */
async function publishedVersion({ workshop: { lake }, plan, ingested, run, target, statement }: Keeping): Promise<Result<Published | Whole>> {
  if (ingested.rebuilds !== undefined) return whole('it is built again to be compared')
  if (run.fullRefresh) return whole('a full refresh was asked for')
  const own = run.own.find(({ dataSet }) => dataSet === target.dataSet.name)
  if (own === undefined) return whole('nothing of it is published yet')
  const compiled = compileChecks(target.contract, { schema: target.table.name.namespace, name: target.table.name.name })
  if (ingested.decisions?.[target.dataSet.name] !== undefined || (compiled.ok && compiled.value.checks.some(({ action }) => action === 'quarantine'))) return whole('rows of it may be set aside')
  const table = await loadTable(lake, target.table.name)
  if (!table.ok) return table
  const line = ancestorsOf(table.value, own.snapshot)
  const made = madeBy(line)
  const base = line[0] === undefined || made === undefined ? undefined : { ...line[0], summary: made.summary }
  if (base === undefined || table.value.metadata.formatVersion < 2) return whole('its published version is not kept any more')
  if (base.summary[RUN_SUMMARY.statement] === undefined) return whole('its published version was not made by a run that keeps it in step')
  if (base.summary[RUN_SUMMARY.code] !== plan.code) return whole('the code of its product changed')
  if (base.summary[RUN_SUMMARY.statement] !== statementFingerprint(statement)) return whole('its statement is another one than that of the published version')
  if (inputsOf(base)['parameters'] !== ingested.inputs['parameters']) return whole('the run has other parameters')
  return ok({ kind: 'published', table: table.value, base })
}

interface Merging extends Changed { readonly table: Table; readonly base: Snapshot; readonly changes: ChangedRows; readonly numberOf: (table: TableName) => number }

/** The rows that are touched go out of the published version by their key, and come in as they are now. */
async function mergeInto(keeping: Keeping, { table, base, changes, relations, read, numberOf }: Merging): Promise<Result<InStep | Whole>> {
  const { workshop, session, target, shape, signal } = keeping
  const { process } = session
  const scan = await planScan(workshop.lake, table, { snapshotId: base.id })
  if (!scan.ok) return scan
  if (read === 0) return inStep(keeping, { table, base, scan: scan.value, staged: [], marked: [], read })
  const [was, is] = [await printed(process, changes.was, shape), await printed(process, changes.is, shape)]
  if (!was.ok) return was
  if (!is.ok) return is
  const narrowed = await narrowInputs(keeping, { narrowings: changes.narrowings, relations, numberOf })
  if (!narrowed.ok) return narrowed
  // Of forms that each part of the engine has, it does not have all together.
  for (const { value } of [was, is]) if (!(await process.prepare(value)).ok) return whole('the engine cannot ask which rows a change touches')
  const key = keyOf(target) ?? []
  const columns = target.contract.columns.filter(({ name }) => key.includes(name)).map(({ name, type }, i) => ({ name, type, fieldId: i + 1 }))
  const path = join(session.outFolder, `${target.dataSet.name}.touched.parquet`)
  await rm(path, { force: true })
  const keys = await process.write(`SELECT ${columns.map(({ name }) => quoteIdentifier(name)).join(', ')} FROM (${was.value}\n) AS touched`, { path, fieldIds: Object.fromEntries(columns.map(({ name, fieldId }) => [name, fieldId])), signal })
  if (!keys.ok) return keys
  const staged = await writeDataSet(workshop, session, { target, query: is.value, signal, name: `${target.dataSet.name}.come` })
  if (!staged.ok) return staged
  const touched: Relation = { schema: PLACE, name: 'keys', columns, files: [{ path, rows: keys.value.rows }] }
  const condition = `EXISTS (SELECT 1 FROM ${PLACE}.keys AS k WHERE ${key.map((name) => `k.${quoteIdentifier(name)} IS NOT DISTINCT FROM t.${quoteIdentifier(name)}`).join(' AND ')})`
  const marked = keys.value.rows === 0 ? ok([]) : await markRows({
    lake: workshop.lake, process, table, scan: scan.value, condition, more: [touched], signal,
    place: placeIn(keeping, base),
    path: (file) => join(session.outFolder, `${target.dataSet.name}.places-${file}.parquet`),
  })
  if (!marked.ok) return marked
  // What is published is what the statement gave then, or it is not known what it is.
  if (marked.value.reduce((sum, { rows }) => sum + rows, 0) !== keys.value.rows) return whole('what is published of it is not what its statement gave, so rows of it may have been changed by hand')
  return inStep(keeping, { table, base, scan: scan.value, staged: staged.value.filter(({ rows }) => rows > 0), marked: marked.value, read })
}

/** Files of one snapshot have one name each, however often they are placed. */
function placeIn({ session: { inFolder }, target }: Keeping, base: Snapshot): (file: string) => Promise<string> {
  const placed = new Map<string, Promise<string>>()
  return (file) => {
    const place = placed.get(file) ?? linkInto(inFolder, `${target.address}.${base.id}.base.${placed.size}.parquet`, file)
    placed.set(file, place)
    return place
  }
}

interface Merged { readonly table: Table; readonly base: Snapshot; readonly scan: Scan; readonly staged: readonly StagedFile[]; readonly marked: readonly MarkedFile[]; readonly read: number }

async function inStep(keeping: Keeping, { base, scan, staged, marked, read }: Merged): Promise<Result<InStep>> {
  const { workshop: { lake }, session, target } = keeping
  const files: StagedGone['files'][number][] = []
  for (const { data, written } of marked) {
    const name = written === undefined ? undefined : written.path.slice(session.outFolder.length + 1)
    if (name !== undefined && written !== undefined) await writeFacts(session, name, { file: written, specId: 0, partition: [] })
    files.push({ data, ...(name !== undefined && { name }) })
  }
  const relation = await relationOfStaged(lake, session, target, staged, base.id)
  if (!relation.ok) return relation
  const [old, fresh] = [scan.files, relation.value.files.slice(scan.files.length)]
  const kept = old.flatMap(({ file }, i) => {
    const [shown, gone] = [relation.value.files[i], files.find(({ data }) => data === file.path)]
    if (shown === undefined || (gone !== undefined && gone.name === undefined)) return []
    return gone?.name === undefined ? [shown] : [{ ...shown, addresses: [...new Set([...(shown.addresses ?? []), file.path])], positionDeletes: [...(shown.positionDeletes ?? []), join(session.outFolder, gone.name)] }]
  })
  return ok({ kind: 'in-step', base: base.id, staged, gone: { files, rows: marked.reduce((sum, { rows }) => sum + rows, 0) }, relation: { ...relation.value, files: [...kept, ...fresh] }, read })
}

/** A tree as the engine prints it, in the shape of the contract. */
async function printed(process: EngineProcess, statement: TreeNode, shape: Keeping['shape']): Promise<Result<string>> {
  const text = await printStatement(process, statement)
  return text.ok ? shape(text.value) : text
}

/** For the log of a run. */
export const toldInStep = (address: string, { read, staged, gone }: InStep): string =>
  read === 0 ? `Nothing that ${address} reads has changed.` : `Kept ${address} in step: ${read} changed rows of what it reads touch ${gone.rows} of its rows, which are ${rowsOf(staged)} now.`
