// Our lake with its pointers in the REST catalogue of Iceberg's Java implementation. Usage: keep-tables.ts <uri> <folder>

import { restCatalog } from '@tulle/catalog'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { commit, commitWithRetry, createTable, dropTable, loadTable, openLake, stageAppend, stageRef, stageSchema } from '@tulle/lake'
import type { Column, Table } from '@tulle/lake'
import { localObjects } from '@tulle/objects'

const [uri = '', folder = '.'] = process.argv.slice(2)
const objects = localObjects(folder)
const lakeOf = () => openLake({ catalog: restCatalog({ uri, credential: 'tulle:secret', objects }), objects })
const [mine, others] = [lakeOf(), lakeOf()]
const columns: readonly Column[] = [{ name: 'id', type: 'long', required: true }, { name: 'tags', type: { type: 'list', elementId: 0, element: 'string', elementRequired: false } }]
const [orders, lines] = [{ namespace: 'shop', name: 'orders' }, { namespace: 'shop', name: 'lines' }]
let [passed, failed] = [0, 0]

function check(what: string, found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) passed += 1
  else {
    failed += 1
    console.log(`FAILED ${what}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`)
  }
}

const append = async (lake = mine): Promise<Table> => valueOf(await commitWithRetry(lake, async () => {
  const table = await loadTable(lake, orders)
  const staged = table.ok ? await stageAppend(lake, table.value, { files: [] }) : table
  return staged.ok ? ok([staged.value]) : staged
}))[0] as Table

check('no table at first', await mine.catalog.list(), [])
let table = valueOf(await createTable(mine, { name: orders, folder: 'shop', columns, properties: { owner: 'tulle' } }))
check('a table that was made', await others.catalog.list('shop'), [orders])
check('the same again', (await createTable(others, { name: orders, folder: 'shop', columns })).diagnostics.map((d) => d.code), ['table-exists'])
for (let i = 0; i < 3; i += 1) table = await append()
check('appends', valueOf(await loadTable(others, orders)).snapshots.map((s) => s.id), table.snapshots.map((s) => s.id))
table = await append(others)
const stale = await stageAppend(mine, table, { files: [] })
await append(others)
check('a stale base', (await commit(mine, [valueOf(stale)])).diagnostics.map((d) => d.code), ['commit-conflict'])
table = valueOf(await loadTable(mine, orders))
const evolved = valueOf(await stageSchema(mine, table, [...columns, { name: 'note', type: 'string' }]))
if (evolved !== undefined) table = valueOf(await commit(mine, [evolved]))[0] as Table
table = valueOf(await commit(mine, [valueOf(await stageRef(mine, table, 'kept', { snapshotId: table.currentSnapshot?.id ?? '', type: 'tag' }))]))[0] as Table
const loaded = valueOf(await loadTable(others, orders))
check('a new schema', loaded.schema.fields.map((f) => [f.id, f.name]), [[1, 'id'], [2, 'tags'], [4, 'note']])
check('a tag', loaded.metadata.refs['kept']?.snapshotId, table.currentSnapshot?.id)
const made = valueOf(await createTable(mine, { name: lines, folder: 'shop', columns }))
const both = await commit(mine, [valueOf(await stageAppend(mine, made, { files: [] })), valueOf(await stageAppend(mine, valueOf(await loadTable(mine, orders)), { files: [] }))])
check('two tables at once', [both.ok, valueOf(await loadTable(others, lines)).snapshots.length], [true, 1])
await Promise.all([mine, others, mine, others].map((lake) => append(lake)))
check('appends side by side', valueOf(await loadTable(mine, orders)).snapshots.length, 10)
const pointer = await mine.catalog.find(lines)
check('a rename', await mine.catalog.swap([{ name: lines, expected: pointer, next: undefined }, { name: { namespace: 'shop', name: 'a_first' }, expected: undefined, next: pointer }]), 'swapped')
valueOf(await dropTable(mine, { namespace: 'shop', name: 'a_first' }))
check('a drop', await others.catalog.list('shop'), [orders])
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
