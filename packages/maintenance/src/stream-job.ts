// Changes that have had their time: how long the stream of a data set can be replayed. Consumers that have not read what goes are named
// by a dry run and in the event, and told when they ask.

import { ok } from '@tulle/kernel'
import { appendEvent } from '@tulle/store'
import { foreseeRetirement, retireSegments } from '@tulle/streams'
import type { RetiredSegments, StreamKey } from '@tulle/streams'
import { readProductDefinition } from '@tulle/providers'
import type { Job, JobContext, Removal } from './types.ts'
import { printSpan } from './print-time.ts'

export const streamJob: Job = {
  name: 'stream',
  foresee: async (context) => {
    const of = await streamOf(context)
    return ok(removalsOf(context, of === undefined ? undefined : await foreseeRetirement(context.store.db, of, before(context))))
  },
  carryOut: async (context) => {
    const { store, lake, table } = context
    const of = await streamOf(context)
    const gone = of === undefined ? undefined : await retireSegments({ store, objects: lake.objects }, of, before(context))
    if (gone !== undefined) {
      const { segments, entries, behind } = gone
      await store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.stream.retired', source: '/tulle/maintenance', subject: table.namespace, data: { product: table.namespace, dataSet: table.name, segments, entries, behind: [...behind] } }))
    }
    return ok(removalsOf(context, gone))
  },
}

const before = ({ lake, policy }: JobContext): number => lake.clock.now() - policy.keepStream

async function streamOf({ store, table }: JobContext): Promise<StreamKey | undefined> {
  const definition = await readProductDefinition(store.db, table.namespace)
  const dataSet = definition.ok ? Object.entries(definition.value.tables).find(([, made]) => made.name.name === table.name)?.[0] : undefined
  return definition.ok && dataSet !== undefined ? { productId: definition.value.id, dataSet } : undefined
}

function removalsOf({ policy }: JobContext, gone: RetiredSegments | undefined): readonly Removal[] {
  if (gone === undefined) return []
  const { entries, oldest, newest, behind } = gone
  const told = behind.length === 0 ? 'every consumer with a position has read them' : `not read yet by ${behind.slice(0, 20).join(', ')}${behind.length > 20 ? ` and ${behind.length - 20} more` : ''}, who then have to begin anew`
  return [{ job: 'stream', what: 'changes', name: `${entries} changes`, rows: entries, oldest, newest, rule: 'keep-stream', reason: `They were published more than ${printSpan(policy.keepStream)} ago; ${told}.` }]
}
