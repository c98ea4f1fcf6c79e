// An Avro schema that can be compared.

import { canonicalJson } from '@tulle/kernel'
import { reading } from '../schema-fault.ts'
import type { Understand, Understood } from '../types.ts'
import { readAvro } from './read-avro.ts'
import type { AvroSchema } from './read-avro.ts'
import { resolveAvro } from './resolve-avro.ts'

interface UnderstoodAvro extends Understood { readonly schema: AvroSchema }

export const understandAvro: Understand = (text, references) => reading('AVRO', (): UnderstoodAvro => {
  const schema = readAvro(text, references)
  return {
    type: 'AVRO', schema, canonical: JSON.stringify(schema.json), normalized: canonicalJson(schema.json),
    follows: (writer) => resolveAvro(schema.type, (writer as UnderstoodAvro).schema.type),
  }
})
