// What stands in the way of the Kafka ports that a mesh declares, found while a plan is made: before anything is applied, and before
// any row moves.

import { didYouMean } from '@tulle/kernel'
import type { Diagnostic } from '@tulle/kernel'
import type { MeshModel } from '@tulle/model'
import type { SchemaRegistry } from '@tulle/schema-registry'
import { checkTopic } from './declare-schemas.ts'
import { messages } from './messages.ts'
import { settingsOf, topicsOf } from './port-topics.ts'

export async function checkKafkaPorts({ products, processDomains }: Pick<MeshModel, 'products' | 'processDomains'>, schemas: SchemaRegistry): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const product of products.values()) {
    const writers = new Map<string, string[]>()
    for (const port of product.outputPorts) {
      if (port.kind !== 'kafka') continue
      const { place } = port
      const settings = settingsOf(port)
      const name = `${product.name}.${port.name}`
      if (!processDomains.has(settings.application)) found.push(messages['kafka-application-unknown']({ port: name, application: settings.application, hint: didYouMean(settings.application, [...processDomains.keys()]) }, { place }))
      for (const topic of topicsOf(product, port, (dataSet) => ({ product: product.name, dataSet }))) {
        const others = writers.get(topic.name)
        if (others !== undefined) found.push(messages['kafka-topic-twice']({ topic: topic.name, ports: [...others, port.name] }, { place }))
        writers.set(topic.name, [...(others ?? []), port.name])
        found.push(...await checkTopic(schemas, topic, settings))
      }
    }
  }
  return found
}
