// A lake in memory with one empty table, and what its tests do to it over and over.

import type { Result } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import type { Column, DataFile, Lake, StagedCommit, Table } from '../types.ts'
import { commit } from '../commit.ts'
import { createTable } from '../create-table.ts'
import { loadTable } from '../load-table.ts'
import { memoryCatalog } from '../memory-catalog.ts'
import { metadataMemory } from '../metadata-memory.ts'
import { newDataPath } from '../new-data-path.ts'
import { openLake } from '../open-lake.ts'
import { writeMetadata } from '../write-metadata.ts'

const NAME = { namespace: 'n', name: 't' }
const COLUMNS: readonly Column[] = [{ name: 'id', type: 'int' }]
const noWait = { now: () => Date.now(), sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) }

export class OneTable {
  readonly lake: Lake

  private constructor(lake: Lake) {
    this.lake = lake
  }

  static async open(properties: Readonly<Record<string, string>> = {}): Promise<OneTable> {
    const lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects(), clock: noWait })
    valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: COLUMNS, properties }))
    return new OneTable(lake)
  }

  /** Gives the table partition specs, the last of which is the default: each is the transforms of the column `id`. */
  async partition(...specs: readonly (readonly string[])[]): Promise<void> {
    const partitionSpecs = specs.map((transforms, specId) => ({
      specId, fields: transforms.map((transform, i) => ({ name: `p${i}`, transform, sourceIds: [1], fieldId: 1000 + 10 * specId + i })),
    }))
    await this.change((lake, table) => writeMetadata(lake, table, { partitionSpecs, defaultSpecId: specs.length - 1, lastUpdated: table.metadata.lastUpdated }))
  }

  async load(): Promise<Table> {
    return valueOf(await loadTable(this.lake, NAME))
  }

  /** The table as a process would load it that has never seen it. */
  async loadFromDisk(): Promise<Table> {
    return valueOf(await loadTable({ ...this.lake, memory: metadataMemory() }, NAME))
  }

  /** Stages a change of the table as it is now, and commits it. */
  async change(stage: (lake: Lake, table: Table) => Promise<Result<StagedCommit>>): Promise<Table> {
    const staged = valueOf(await stage(this.lake, await this.load()))
    valueOf(await commit(this.lake, [staged]))
    return this.load()
  }

  /** A file that nobody has written: the lake never opens one. */
  file(table: Table, more: Partial<DataFile> = {}): DataFile {
    return { path: this.lake.objects.address(newDataPath(this.lake, table)), rows: 10, bytes: 100, ...more }
  }
}

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
