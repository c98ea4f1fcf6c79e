// The topics of an output port: one per data set that it offers and that has a contract.

import type { DataProduct, OutputPort } from '@tulle/model'
import { topicName } from '@tulle/model'
import type { StreamAddress } from '@tulle/streams'
import type { KafkaPortSettings, Topic } from './types.ts'

type Product = Pick<DataProduct, 'name' | 'dataSets'>

/** What the port declares, with what holds where it says nothing. */
export function settingsOf({ settings = {} }: Pick<OutputPort, 'settings'>): KafkaPortSettings {
  return { format: 'avro', compatibility: 'BACKWARD', tls: 'verify', ...settings } as unknown as KafkaPortSettings
}

/** `addressOf`: what a port calls a data set, by its stored name. */
export function topicsOf(product: Product, port: Pick<OutputPort, 'dataSets' | 'settings'>, addressOf: (dataSet: string) => StreamAddress): readonly Topic[] {
  const settings = settingsOf(port)
  return product.dataSets.flatMap(({ name, contract }) => (contract === undefined || !port.dataSets.includes(name) ? [] : [{
    name: topicName(product.name, name, settings),
    product: product.name, dataSet: name, address: addressOf(name), columns: contract.columns, contract,
  }]))
}
