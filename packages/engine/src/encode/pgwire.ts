// DataRow messages of PostgreSQL's protocol 3.0, each column as text or binary.

import { binaryWriter } from './binary.ts'
import { textWriter } from './column-writer.ts'
import type { PutValue } from './column-writer.ts'
import type { Sink } from './sink.ts'
import { validityOf } from './vector.ts'
import type { OpenVector } from './vector.ts'

const DATA_ROW = 0x44
const TEXT = 0

/** A single format stands for all columns, as in Bind; none means text. */
export function pgwireRows(formats: readonly (0 | 1)[]) {
  return (vectors: readonly OpenVector[], size: number) => {
    const writers = vectors.map((vector, i) => {
      const format = (formats.length === 1 ? formats[0] : formats[i]) ?? TEXT
      return format === TEXT ? textWriter(vector, size) : binaryWriter(vector, size)
    })
    const validities = vectors.map(validityOf)
    return (sink: Sink, row: number): void => {
      const at = row >> 3
      const bit = 1 << (row & 7)
      sink.byte(DATA_ROW)
      const message = sink.hole()
      sink.int16(writers.length)
      for (let i = 0; i < writers.length; i += 1) {
        const validity = validities[i]
        if (validity !== undefined && ((validity[at] as number) & bit) === 0) {
          sink.int32(-1)
          continue
        }
        const value = sink.hole()
        ;(writers[i] as PutValue)(sink, row)
        sink.patch(value)
      }
      // The message's length counts itself.
      sink.patch(message, 4)
    }
  }
}
