// A snapshot of a product to what made it, and to what its run wrote besides. Reads only what the tables themselves say.

import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { Snapshot, SnapshotId, Table } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import { readProductDefinition } from '@tulle/providers'
import type { Snapshots, Workshop } from './types.ts'
import { RUN_SUMMARY } from './run-summary.ts'
import { messages } from './messages.ts'

export interface Origin {
  readonly productId: string
  readonly recipe: string
  /** What the same run wrote, by data set. */
  readonly snapshots: Snapshots
  readonly inputs: Readonly<Record<string, string>>
}

export async function findOrigin({ store, lake }: Pick<Workshop, 'store' | 'lake'>, product: string, id: SnapshotId): Promise<Result<Origin>> {
  const definition = await readProductDefinition(store.db, product)
  if (!definition.ok) return definition
  const erased = await store.db.selectFrom('erased_snapshot').select('erasure_id').where('product', '=', product).where('snapshot_id', '=', id).executeTakeFirst()
  if (erased !== undefined) return fail(messages.erased({ snapshot: id, erasure: erased.erasure_id }))
  const tables = new Map<string, Table>()
  for (const [dataSet, { name }] of Object.entries(definition.value.tables)) {
    const table = await loadTable(lake, name)
    if (!table.ok) return table
    tables.set(dataSet, table.value)
  }
  const all = [...tables.values()].flatMap((table) => table.snapshots)
  const asked = all.find((one) => one.id === id)
  if (asked === undefined) return fail(messages['product-snapshot-unknown']({ product, snapshot: id, hint: didYouMean(id, all.map((one) => one.id)) }))
  const { [RUN_SUMMARY.run]: run, [RUN_SUMMARY.recipe]: recipe, [RUN_SUMMARY.inputs]: inputs } = asked.summary
  if (run === undefined || recipe === undefined) return fail(messages['not-reproducible']({ snapshot: id, why: run === undefined ? 'no run made it' : 'its run kept no recipe' }))
  const own = [...tables].flatMap(([dataSet, table]) => {
    // A run whose rows had to follow another writer's wrote them twice, the same both times.
    const found = table.snapshots.find((one) => one.id === id) ?? table.snapshots.findLast((one) => isOf(one, run))
    return found === undefined ? [] : [[dataSet, found.id] as const]
  })
  return ok({ productId: definition.value.id, recipe, snapshots: Object.fromEntries(own), inputs: JSON.parse(inputs ?? '{}') as Readonly<Record<string, string>> })
}

const isOf = ({ summary }: Snapshot, run: string): boolean => summary[RUN_SUMMARY.run] === run
