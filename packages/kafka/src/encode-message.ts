// Rows become messages as Confluent's clients write them: a zero, four bytes of the schema's id, then what the format says.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { isLosslessNumber, parse, stringify } from 'lossless-json'
import { protobufFile, understandSchema } from '@tulle/schema-registry'
import type { Draft } from '@tulle/schema-registry'
import { encodeAvro } from './encode-avro.ts'
import { protobufEncoder } from './encode-protobuf.ts'

/** One row, as a JSON object in text. Throws `NotEncodable` where the schema has no place for it. */
export type EncodeMessage = (text: string) => Buffer

/** `names`: the columns that the schema was derived from, in their order. */
export function messageEncoder(schema: Pick<Draft, 'type' | 'text'>, id: number, names: readonly string[]): Result<EncodeMessage> {
  const head = Buffer.alloc(5)
  head.writeInt32BE(id, 1)
  const read = (text: string): Record<string, unknown> => parse(text) as Record<string, unknown>
  switch (schema.type) {
    case 'AVRO': {
      const json = JSON.parse(schema.text) as Json
      return ok((text) => Buffer.concat([head, encodeAvro(json, names, read(text))]))
    }
    // What is null is missing there.
    case 'JSON': return ok((text) => Buffer.concat([head, Buffer.from(stringify(withoutNulls(read(text))) ?? '{}')]))
    case 'PROTOBUF': {
      const understood = understandSchema('PROTOBUF', schema.text)
      if (!understood.ok) return understood
      const encode = protobufEncoder(protobufFile(understood.value), names)
      // Which message of the file it is: the first one, which is written as a single zero.
      return ok((text) => Buffer.concat([head, Buffer.from([0]), encode(read(text))]))
    }
  }
}

function withoutNulls(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || isLosslessNumber(value)) return value
  if (Array.isArray(value)) return value.map(withoutNulls)
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null).map(([name, one]) => [name, withoutNulls(one)]))
}
