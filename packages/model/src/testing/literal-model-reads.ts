// Finds what a model reads by the letters of its `ref('…')` and `source('…')` calls. It renders nothing, so loops and
// variables escape it: good for tests and benchmarks of this room, not for a mesh.

import { ok } from '@tulle/kernel'
import type { FindModelReads, ModelRef } from '../types.ts'
import { placeAtOffset } from '../yaml/locate.ts'

export const literalModelReads: FindModelReads = (text, file) => {
  const calls = [...text.matchAll(/\b(ref|source)\(\s*'([^']*)'(?:\s*,\s*'([^']*)')?\s*\)/gu)].map((call) => {
    const [whole, verb, first = '', second] = call
    const ref: ModelRef = { ...(second !== undefined && { product: first }), name: second ?? first, place: placeAtOffset(text, file, call.index, whole.length) }
    return { verb, ref }
  })
  return ok({ refs: calls.filter((c) => c.verb === 'ref').map((c) => c.ref), sources: calls.filter((c) => c.verb === 'source').map((c) => c.ref) })
}
