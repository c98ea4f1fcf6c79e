// By which document a run goes, as its fingerprint.

import type { RunDocument } from '@tulle/workflow'
import type { Workshop } from './types.ts'

/** Undefined for a run that began before fingerprints were kept. */
export async function workflowOf({ store }: Pick<Workshop, 'store'>, runId: string): Promise<string | undefined> {
  const row = await store.db.selectFrom('run').select('document').where('id', '=', runId).executeTakeFirst()
  return (row?.document as unknown as RunDocument | null | undefined)?.fingerprint
}
