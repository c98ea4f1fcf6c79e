// Where a product is found at one of its output ports, per data set, in the words of whoever connects.

import { API_ROOT } from '@tulle/api'
import { settingsOf } from '@tulle/kafka'
import { topicName } from '@tulle/model'
import type { DataProduct, OutputPort } from '@tulle/model'
import { quoteIdentifier } from '@tulle/sql'
import type { House } from '../house.ts'
import { servedName } from '../served-name.ts'

export interface PortAddress { readonly dataSet?: string; readonly address: string }

export function addressesOf({ url }: Pick<House, 'url'>, owner: Pick<DataProduct, 'name' | 'dataSets'>, port: Pick<OutputPort, 'kind' | 'dataSets' | 'url' | 'settings'>): PortAddress[] {
  const product = owner.name
  const each = (address: (dataSet: string, served: ReturnType<typeof servedName>) => string): PortAddress[] => port.dataSets.map((dataSet) => ({ dataSet, address: address(dataSet, servedName(owner, dataSet)) }))
  switch (port.kind) {
    case 'sql': return each((_, { schema, name }) => `${schema === product ? schema : quoteIdentifier(schema)}.${name}`)
    case 'rest': return each((_, { schema, name }) => `${url}/data/v1/${schema}/${name}`)
    case 'stream': return each((_, { schema, name }) => `${url}/streams/v1/${schema}/${name}`)
    case 'files': return each((_, { schema, name }) => `${url}${API_ROOT}/products/${product}/datasets/${name}/link${schema === product ? '' : `?major=${schema.slice(product.length + 1)}`}`)
    case 'kafka': return each((dataSet) => topicName(product, dataSet, settingsOf(port)))
    case 'external': return port.url === undefined ? [] : [{ address: port.url }]
  }
}
