// What decides how a run of a document goes: the document, and what it is given.

import type { Json } from '@tulle/kernel'
import { fingerprintOf } from '@tulle/kernel'
import type { FoundFlow } from './types.ts'

/** When it starts and what people read about it make no other run of it. */
export function flowFingerprint({ document: { schedule: _schedule, document, ...rest }, input }: Pick<FoundFlow, 'document' | 'input'>): string {
  const { title: _title, summary: _summary, tags: _tags, metadata: _metadata, ...named } = document
  return fingerprintOf({ document: named as unknown as Json, rest: rest as unknown as Json, input })
}
