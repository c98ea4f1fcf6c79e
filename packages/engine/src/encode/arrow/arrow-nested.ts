// Columns that are made of others. INVARIANT: what lies under a null struct or array is null itself, and what lies under a
// null list is not there: the engine keeps what it had.

import { validityOf } from '../vector.ts'
import type { OpenVector } from '../vector.ts'
import { rangeAt } from '../vector.ts'
import { both, isSet, Presence } from './arrow-column.ts'
import type { ArrowColumn } from './arrow-column.ts'
import { Offsets } from './arrow-texts.ts'

export function structs(fields: readonly ArrowColumn[]): ArrowColumn {
  const presence = new Presence()
  let validity: Uint8Array | undefined
  return {
    begin() {
      presence.begin()
      for (const field of fields) field.begin()
    },
    look(vector, shown) {
      validity = both(validityOf(vector), shown)
      for (const [i, field] of fields.entries()) field.look(vector.children[i] as OpenVector, validity)
    },
    cost: (from, to) => fields.reduce((bytes, field) => bytes + field.cost(from, to), to - from),
    append(from, to) {
      presence.append(validity, from, to)
      for (const field of fields) field.append(from, to)
    },
    give(nodes, buffers) {
      nodes.push(presence.node())
      buffers.push(presence.buffer())
      for (const field of fields) field.give(nodes, buffers)
    },
  }
}

/** Lists, and maps, which are lists of their entries. */
export function lists(element: ArrowColumn): ArrowColumn {
  const [presence, offsets] = [new Presence(), new Offsets()]
  let opened: OpenVector
  let validity: Uint8Array | undefined
  // Neighbours of the child are taken together; there is one run as a rule.
  const runs = (from: number, to: number, take: (from: number, to: number) => void): void => {
    let [start, end] = [0, 0]
    for (let row = from; row < to; row += 1) {
      if (validity !== undefined && !isSet(validity, row)) continue
      const range = rangeAt(opened, row)
      if (range.from === end) end = range.to
      else {
        if (end > start) take(start, end)
        start = range.from
        end = range.to
      }
    }
    if (end > start) take(start, end)
  }
  return {
    begin() {
      presence.begin()
      offsets.begin()
      element.begin()
    },
    look(vector, shown) {
      opened = vector
      validity = both(validityOf(vector), shown)
      element.look(vector.children[0] as OpenVector)
    },
    cost(from, to) {
      let bytes = (to - from) * 5
      runs(from, to, (start, end) => { bytes += element.cost(start, end) })
      return bytes
    },
    append(from, to) {
      presence.append(validity, from, to)
      let end = offsets.last
      const ends = offsets.room(to - from)
      let place = offsets.at
      for (let row = from; row < to; row += 1, place += 4) {
        if (validity === undefined || isSet(validity, row)) {
          const range = rangeAt(opened, row)
          end += range.to - range.from
        }
        ends.setInt32(place, end, true)
      }
      offsets.added(to - from)
      runs(from, to, (start, stop) => element.append(start, stop))
    },
    give(nodes, buffers) {
      nodes.push(presence.node())
      buffers.push(presence.buffer(), offsets.buffer())
      element.give(nodes, buffers)
    },
  }
}

/** Lists of `size` values each, null ones too. */
export function arrays(element: ArrowColumn, size: number): ArrowColumn {
  const presence = new Presence()
  let validity: Uint8Array | undefined
  return {
    begin() {
      presence.begin()
      element.begin()
    },
    look(vector, shown) {
      validity = both(validityOf(vector), shown)
      element.look(vector.children[0] as OpenVector, validity === undefined ? undefined : spread(validity, vector.size, size))
    },
    cost: (from, to) => element.cost(from * size, to * size),
    append(from, to) {
      presence.append(validity, from, to)
      element.append(from * size, to * size)
    },
    give(nodes, buffers) {
      nodes.push(presence.node())
      buffers.push(presence.buffer())
      element.give(nodes, buffers)
    },
  }
}

/** Each bit `times` over. */
function spread(bits: Uint8Array, rows: number, times: number): Uint8Array {
  const wide = new Uint8Array(Math.ceil((rows * times) / 8))
  for (let at = 0; at < rows * times; at += 1) if (isSet(bits, Math.floor(at / times))) wide[at >> 3] = (wide[at >> 3] as number) | (1 << (at & 7))
  return wide
}
