// Rows as an Arrow stream: the schema before the first batch, then a record batch for each batch of rows. What ends the
// stream is for whoever knows that it is whole.

import duckdb from '@duckdb/node-bindings'
import { jsonWriter, textWriter } from '../column-writer.ts'
import type { Encoder } from '../encoder-type.ts'
import { Sink } from '../sink.ts'
import type { ColumnType, EncodedColumn } from '../types.ts'
import { openVector, widthOf } from '../vector.ts'
import { booleans, fixed, hugeNumbers, intervals, nulls, widened } from './arrow-column.ts'
import type { ArrowColumn } from './arrow-column.ts'
import { putRecordBatch, putSchema } from './arrow-message.ts'
import type { FieldNode } from './arrow-message.ts'
import { arrays, lists, structs } from './arrow-nested.ts'
import { spelled, texts } from './arrow-texts.ts'
import { arrowField, isSpelled } from './arrow-type.ts'

export function arrowEncoder(types: readonly EncodedColumn[]): Encoder {
  const sink = new Sink()
  const columns = types.map(({ type }) => columnOf(type))
  let isSchemaSent = false
  let rows = 0
  let bytes = 0
  const costOf = (from: number, to: number): number => columns.reduce((sum, column) => sum + column.cost(from, to), 0)
  return {
    begin() {
      sink.rewind()
      rows = 0
      bytes = 0
      for (const column of columns) column.begin()
    },
    look(chunk) {
      const size = duckdb.data_chunk_get_size(chunk)
      for (const [i, column] of columns.entries()) column.look(openVector(duckdb.data_chunk_get_vector(chunk, i), (types[i] as EncodedColumn).type, size))
    },
    encode(from, to, limit) {
      let end = to
      let cost = costOf(from, end)
      // One row always goes, however large it is.
      while (bytes + cost > limit && end - from > 1) {
        end = from + ((end - from) >> 1)
        cost = costOf(from, end)
      }
      for (const column of columns) column.append(from, end)
      rows += end - from
      bytes += cost
      return end - from
    },
    size: () => bytes,
    end() {
      if (!isSchemaSent) putSchema(sink, types.map((column) => arrowField(column)))
      isSchemaSent = true
      if (rows > 0) {
        const [nodes, buffers]: [FieldNode[], Uint8Array[]] = [[], []]
        for (const column of columns) column.give(nodes, buffers)
        putRecordBatch(sink, { rows, nodes, buffers })
      }
      return sink.bytes.subarray(0, sink.at)
    },
  }
}

function columnOf(type: ColumnType): ArrowColumn {
  switch (type.kind) {
    case 'null':
      return nulls()
    case 'boolean':
      return booleans()
    case 'decimal':
      return fixed(16, type.width > 18 ? undefined : widened(widthOf(type) as 2 | 4 | 8))
    case 'hugeint': case 'uhugeint':
      return fixed(16, hugeNumbers(type.kind === 'hugeint'))
    case 'interval':
      return fixed(16, intervals)
    case 'text': case 'json': case 'blob':
      return texts()
    case 'struct':
      return structs(type.fields.map((field) => columnOf(field.type)))
    case 'list':
      return lists(columnOf(type.element))
    case 'map':
      return lists(structs([columnOf(type.key), columnOf(type.value)]))
    case 'array':
      return arrays(columnOf(type.element), type.size)
    default:
      if (!isSpelled(type)) return fixed(widthOf(type))
      return type.kind === 'union' ? spelled(jsonWriter, false) : spelled(textWriter, type.kind === 'uuid' || type.kind === 'timetz')
  }
}
