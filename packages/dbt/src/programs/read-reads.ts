// How programs name what they read: `data_set` of their own product, `product.data_set`, `source.input_port`.

import type { Diagnostic, Place } from '@tulle/kernel'
import { isName } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { ProgramRead, ProgramSource } from './types.ts'

const SOURCE = 'source'

export interface WrittenRead { readonly name: string; readonly text: string; readonly place: Place }

export function readReads(written: readonly WrittenRead[], found: Diagnostic[]): readonly ProgramRead[] {
  return written.flatMap(({ name, text, place }): readonly ProgramRead[] => {
    const [first = '', second, ...rest] = text.split('.')
    if (!isName(first) || (second !== undefined && !isName(second)) || rest.length > 0) {
      found.push(messages['program-read']({ text }, { place }))
      return []
    }
    if (first === SOURCE && second !== undefined) return [{ name, source: second, place }]
    return [{ name, ref: second === undefined ? { name: first } : { product: first, name: second }, place }]
  })
}

/** `input.column`, where the column may have dots. */
export function readSources(written: readonly { readonly text: string; readonly place: Place }[], reads: readonly Pick<ProgramRead, 'name'>[], found: Diagnostic[]): readonly ProgramSource[] {
  return written.flatMap(({ text, place }): readonly ProgramSource[] => {
    const dot = text.indexOf('.')
    const input = text.slice(0, dot)
    if (dot < 1 || dot === text.length - 1 || !reads.some(({ name }) => name === input)) {
      found.push(messages['program-lineage']({ text, inputs: reads.map(({ name }) => name) }, { place }))
      return []
    }
    return [{ input, column: text.slice(dot + 1) }]
  })
}
