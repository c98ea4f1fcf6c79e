// Files that nothing leads to.

import { ok } from '@tulle/kernel'
import type { Orphan } from '@tulle/lake'
import { findOrphans, removeOrphans } from '@tulle/lake'
import type { Job, Removal } from './types.ts'
import { printSpan } from './print-time.ts'

type Found = Orphan | { readonly name: string; readonly bytes: number }

export const orphansJob: Job = {
  name: 'orphans',
  foresee: async ({ lake, table, policy }) => {
    const found = await findOrphans(lake, table, policy.orphanAge)
    return found.ok ? ok([...found.value.files, ...found.value.unfinished].map((one) => removalOf(one, policy.orphanAge))) : found
  },
  carryOut: async ({ lake, table, policy, signal }) => {
    const found = await findOrphans(lake, table, policy.orphanAge)
    if (!found.ok) return found
    const done = await removeOrphans(lake, found.value, signal)
    return done.ok ? ok(done.value.removed.map((one) => removalOf(one, policy.orphanAge))) : done
  },
}

const removalOf = (one: Found, age: number): Removal => ('name' in one
  ? { job: 'orphans', what: 'unfinished', name: one.name, bytes: one.bytes, rule: 'orphan-age', reason: `Its writing was begun more than ${printSpan(age)} ago and never finished.` }
  : { job: 'orphans', what: 'file', name: one.address, bytes: one.bytes, rule: 'orphan-age', reason: `No version leads to it, and it is older than ${printSpan(age)}.` })
