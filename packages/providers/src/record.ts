// The life of a resource that is nothing but its row: most kinds. What exists is what the row says, so a row that
// somebody edited by hand is drift, and every verb that ends in "as desired" is the same effect.

import { ok } from '@tulle/kernel'
import { compareSpecs } from './compare.ts'
import type { Knowledge } from './compare.ts'
import { archiveRow, inTransaction, isAsDesired, lockRow, putRow, removeRow } from './rows.ts'
import type { Tx } from './rows.ts'
import type { Action, Desire, Difference, Observed, Provider, ProviderContext, Resource, ResourceKind } from './types.ts'

interface RecordKind extends Knowledge {
  readonly kind: ResourceKind
  readonly desire: Desire
  readonly outlivesDeclaration: boolean
  /** Members that say whom the resource belongs to: a change of nothing else is a move. */
  readonly belongsTo?: readonly string[]
  /** What else the same transaction must write. */
  readonly also?: (tx: Tx, desired: Resource) => Promise<void>
}

/** Makes the provider of a kind whose resources are only rows. */
export function recordProvider(options: RecordKind): Provider {
  const put = (action: Action) => async (context: ProviderContext, desired: Resource) =>
    ok(await inTransaction(context, async (tx) => {
      const row = await lockRow(tx, desired.ref)
      if (row !== undefined && isAsDesired(row, desired)) return { id: row.id, changed: false }
      await options.also?.(tx, desired)
      return putRow(tx, context, { desired, made: row?.made, action, row })
    }))
  return {
    kind: options.kind,
    target: 'embedded',
    desire: options.desire,
    outlivesDeclaration: options.outlivesDeclaration,
    diff: (desired, observed) => diffRecord(options, desired, observed),
    create: put('create'),
    update: put('update'),
    move: put('move'),
    restore: put('restore'),
    heal: put('heal'),
    archive: async (context, ref) =>
      ok(await inTransaction(context, async (tx) => {
        const row = await lockRow(tx, ref)
        return row === undefined || row.archived ? { ...(row !== undefined && { id: row.id }), changed: false } : archiveRow(tx, context, row)
      })),
    destroy: async (context, ref) =>
      ok(await inTransaction(context, async (tx) => {
        const row = await lockRow(tx, ref)
        return row === undefined ? { changed: false } : removeRow(tx, row)
      })),
  }
}

function diffRecord(options: RecordKind, desired: Resource, observed: Observed): Difference {
  const fields = desired.fingerprint === observed.fingerprint ? [] : compareSpecs(observed.spec, desired.spec, options)
  return { moves: fields.some((field) => options.belongsTo?.includes(field.path) === true), fields }
}
