// Reads with our lake and engine, at every snapshot, the nested columns that PyIceberg changed (write_nested.py). Usage: read-nested.ts <folder>

import { copyFileSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import { loadTable, memoryCatalog, openLake, planScan } from '@tulle/lake'
import type { Result } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'
import { tableRelation } from '@tulle/tables'

interface Theirs { readonly metadata: string; readonly uuid: string; readonly versions: readonly { readonly snapshot: string; readonly rows: readonly { readonly id: number }[] }[] }

const folder = process.argv[2] ?? '.'
const theirs = JSON.parse(readFileSync(join(folder, 'foreign-nested.json'), 'utf8')) as Theirs
const lake = openLake({ catalog: memoryCatalog(), objects: localObjects(join(folder, 'ware house')) })
const name = { namespace: 'nested', name: 't' }
await lake.catalog.swap([{ name, expected: undefined, next: { uuid: theirs.uuid, metadataLocation: theirs.metadata } }])
const table = valueOf(await loadTable(lake, name))
const rig = engineRig()
const worker = await rig.process()
const place = async (file: string): Promise<string> => {
  const path = join(rig.data, basename(file))
  copyFileSync(file, path)
  return path
}
let [passed, failed] = [0, 0]

for (const { snapshot, rows } of theirs.versions) {
  const relation = valueOf(await tableRelation(lake, table, valueOf(await planScan(lake, table, { snapshotId: snapshot })), { place }))
  valueOf(await worker.define([relation]))
  const found = (await rowsOf(worker, 'SELECT t FROM nested.t AS t ORDER BY id')).map(([row]) => row)
  for (const [i, row] of rows.entries()) {
    if (isDeepStrictEqual(found[i], row)) passed += 1
    else {
      failed += 1
      console.log(`FAILED row ${row.id} of ${snapshot}: found ${JSON.stringify(found[i])}, wanted ${JSON.stringify(row)}`)
    }
  }
  if (found.length !== rows.length) failed += 1
}
await rig.close()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
