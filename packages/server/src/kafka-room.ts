// Messages of Kafka in this house: read by the schemas of its own registry.

import { messageDecoder } from '@tulle/kafka'
import type { SchemaRegistry } from '@tulle/schema-registry'
import type { MessageReading } from '@tulle/sources'

export const readMessages = (schemas: SchemaRegistry): MessageReading => ({
  decoder: messageDecoder,
  own: async (id) => {
    const kept = await schemas.schema(id)
    if (kept === undefined) return undefined
    const references = await schemas.texts(kept.references)
    return references.ok ? { type: kept.type, text: kept.text, references: references.value } : undefined
  },
})
