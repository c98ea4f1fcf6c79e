// Finds what models read by the letters of their `ref('…')` and `source('…')` calls. It renders nothing, so loops and
// variables escape it: good for tests and benchmarks of this room, not for a mesh.

import { ok, sha256 } from '@tulle/kernel'
import type { FindModelReads, Model, ModelReads, ModelRef } from '../types.ts'
import { placeAtOffset, startOf } from '../yaml/locate.ts'

export const literalModelReads: FindModelReads = ({ files, shown }) => {
  const models = [...files].flatMap(([path, text]): readonly (readonly [string, Model])[] => {
    const [, dataSet] = /^models\/(\w+)\.sql$/u.exec(path) ?? []
    const file = shown?.get(path) ?? path
    return dataSet === undefined ? [] : [[dataSet, { file, text, ...readsIn(text, file), fingerprint: sha256(text), place: startOf(file) }]]
  })
  return ok({ models: Object.fromEntries(models), tests: { refs: [], sources: [], fingerprint: '' } })
}

function readsIn(text: string, file: string): ModelReads {
  const calls = [...text.matchAll(/\b(ref|source)\(\s*'([^']*)'(?:\s*,\s*'([^']*)')?\s*\)/gu)].map((call) => {
    const [whole, verb, first = '', second] = call
    const ref: ModelRef = { ...(second !== undefined && { product: first }), name: second ?? first, place: placeAtOffset(text, file, call.index, whole.length) }
    return { verb, ref }
  })
  return { refs: calls.filter((c) => c.verb === 'ref').map((c) => c.ref), sources: calls.filter((c) => c.verb === 'source').map((c) => c.ref) }
}
