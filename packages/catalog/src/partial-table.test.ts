// What is said of a table to whoever may read a part of it: ids, times and names of what was published, and the fields that are given.

import { describe, expect, it } from 'vitest'
import { commit, createTable, loadTable, memoryCatalog, openLake, planScan, printMetadata, stageAppend, stageRef } from '@tulle/lake'
import type { Lake, Table } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import { partialAddresses, partialManifests, partialMetadata } from './partial-table.ts'
import { valueOf } from './testing/rig.ts'

const NAME = { namespace: 'hr', name: 'wages' }
const FIELDS = [{ id: 1, name: 'person', required: false, type: 'string' }] as const
const LOCATION = 'memory:/parts/a'
/** Planted wherever metadata has a place for a word or a number. */
const SECRETS = ['hidden_column', 'hidden-property', 'hidden-summary', 'hidden_partition', '987654', 'memory:/own', 'run-branch'] as const

async function planted(): Promise<{ readonly lake: Lake; readonly table: Table; readonly staged: string }> {
  const lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
  valueOf(await createTable(lake, {
    name: NAME, folder: 'own', columns: [{ name: 'person', type: 'string' }, { name: 'hidden_column', type: 'long', doc: 'hidden_column' }], properties: { note: 'hidden-property' },
    partitioning: [{ transform: 'bucket[3]', source: 'hidden_column', name: 'hidden_partition' }],
  }))
  const append = async (branch?: string): Promise<void> => {
    const table = valueOf(await loadTable(lake, NAME))
    valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [{ path: `${table.location}/data/${lake.ids.uuid()}.parquet`, rows: 987_654, bytes: 1, partition: [1] }], summary: { why: 'hidden-summary' }, ...(branch !== undefined && { branch }) }))]))
  }
  await append()
  await append()
  await append('run-branch')
  const table = valueOf(await loadTable(lake, NAME))
  const first = table.snapshots[0]?.id ?? ''
  valueOf(await commit(lake, [valueOf(await stageRef(lake, table, 'contract-1', { type: 'tag', snapshotId: first }))]))
  const now = valueOf(await loadTable(lake, NAME))
  return { lake, table: now, staged: now.metadata.refs['run-branch']?.snapshotId ?? '' }
}

describe('metadata of a part', () => {
  it('holds nothing of the table but ids, times and names of what was published', async () => {
    const { table, staged } = await planted()
    const metadata = partialMetadata(table, { uuid: 'u', location: LOCATION, fieldsAt: () => FIELDS })
    const text = printMetadata(metadata)
    // Control: the table's own says all of it.
    const own = printMetadata(table.metadata)
    const wanted = [...SECRETS, staged, table.metadata.uuid]
    expect(wanted.filter((secret) => !own.includes(secret))).toEqual([])
    expect(wanted.filter((secret) => text.includes(secret))).toEqual([])
    expect([metadata.snapshots.map(({ id }) => id), metadata.currentSnapshotId, Object.keys(metadata.refs)]).toEqual([table.snapshots.map(({ id }) => id).filter((id) => id !== staged), table.currentSnapshot?.id, ['main', 'contract-1']])
  })

  it('leaves out what cannot be seen, and whatever names it', async () => {
    const { table } = await planted()
    const metadata = partialMetadata(table, { uuid: 'u', location: LOCATION, fieldsAt: ({ id }) => (id === table.currentSnapshot?.id ? FIELDS : undefined) })
    expect([metadata.snapshots.map(({ id, parentId }) => [id, parentId]), Object.keys(metadata.refs), metadata.snapshotLog.length]).toEqual([[[table.currentSnapshot?.id, undefined]], ['main'], 1])
  })

  it('leads to its one file, of which it says no more than rows and bytes', async () => {
    const { lake, table } = await planted()
    const metadata = partialMetadata(table, { uuid: 'u', location: LOCATION, fieldsAt: () => FIELDS })
    for (const { id } of metadata.snapshots) {
      const at = partialAddresses(LOCATION, id)
      const { list, manifest } = valueOf(partialManifests(LOCATION, id, { fields: FIELDS, rows: 3, bytes: 77, digest: 'd'.repeat(64) }))
      for (const [address, bytes] of [[at.list, list], [at.manifest, manifest]] as const) {
        valueOf(await lake.objects.create(valueOf(lake.objects.pathOf(address)), bytes))
        expect(SECRETS.filter((secret) => Buffer.from(bytes).includes(secret))).toEqual([])
      }
      const part: Table = { ...table, metadata, location: LOCATION, snapshots: metadata.snapshots, schemas: metadata.schemas, schema: metadata.schemas[0] as Table['schema'] }
      const scan = valueOf(await planScan(lake, part, { snapshotId: id }))
      expect(scan.files.map(({ file, deletes }) => [file.path, file.rows, file.bytes, file.lowerBounds?.size ?? 0, deletes.length])).toEqual([[at.data('d'.repeat(64)), 3, 77, 0, 0]])
    }
  })
})
