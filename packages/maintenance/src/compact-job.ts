// Small data files, which make every read of a table slower. An engine process of its own reads and writes the rows, with
// little memory and one thread, so that everybody else goes on.

import { ok } from '@tulle/kernel'
import type { ScanFile } from '@tulle/lake'
import { compact, foreseeCompaction } from '@tulle/tables'
import type { Job, Removal } from './types.ts'
import { withEngine } from './with-engine.ts'

export const compactJob: Job = {
  name: 'compact',
  foresee: async ({ lake, table, policy }) => {
    const files = await foreseeCompaction({ lake }, table, { targetBytes: policy.compactTo })
    return files.ok ? ok(files.value.map(removalOf)) : files
  },
  carryOut: async (context) => {
    const options = { targetBytes: context.policy.compactTo }
    const foreseen = await foreseeCompaction(context, context.table, options)
    if (!foreseen.ok) return foreseen
    // Most tables need no engine.
    if (foreseen.value.length === 0) return ok([])
    return withEngine(context, async (work) => {
      const done = await compact(work, context.table, options)
      return done.ok ? ok(done.value.files.map(removalOf)) : done
    })
  },
}

const removalOf = ({ file, deletes }: ScanFile): Removal => ({
  job: 'compact', what: 'data', name: file.path, bytes: file.bytes, rule: 'compact-to',
  reason: `${deletes.length > 0 ? 'Rows of it are deleted' : 'It is small'}, and it is written anew with others. The file goes with the versions that name it.`,
})
