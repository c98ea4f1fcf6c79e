// What decides how a run of a document goes: the document, and what it is given.

import type { Json } from '@tulle/kernel'
import { fingerprintOf } from '@tulle/kernel'
import type { WorkflowDocument } from './dsl/types.ts'
import type { FoundFlow } from './types.ts'

/** When it starts and what people read about it make no other run of it. */
export function flowFingerprint({ document, input, documents = [] }: Pick<FoundFlow, 'document' | 'input' | 'documents'>): string {
  return fingerprintOf({ ...deciding(document), input, ...(documents.length > 0 && { runs: documents.map((one) => deciding(one)) }) })
}

function deciding({ schedule: _schedule, document, ...rest }: WorkflowDocument): { readonly document: Json; readonly rest: Json } {
  const { title: _title, summary: _summary, tags: _tags, metadata: _metadata, ...named } = document
  return { document: named as unknown as Json, rest: rest as unknown as Json }
}
