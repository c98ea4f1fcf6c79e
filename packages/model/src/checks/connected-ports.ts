// An input port that brings only what is new fills exactly one data set, which holds all that came before.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { isIncremental } from '../product/check-connected.ts'
import type { ConnectedInputPort, DataProduct } from '../types.ts'

export const checkConnectedPorts = (products: ReadonlyMap<string, DataProduct>): readonly Diagnostic[] =>
  [...products.values()].flatMap((product) => product.inputPorts.flatMap((port) => (port.kind === 'connected' && isIncremental(port) ? checkPort(product, port) : [])))

function checkPort({ name: product, dataSets }: DataProduct, port: ConnectedInputPort): readonly Diagnostic[] {
  const name = `${product}.${port.name}`
  const why = port.settings['changes'] === true ? 'follows changes' : 'brings only what is new'
  const models = dataSets.flatMap(({ model }) => (model?.sources ?? []).filter((source) => source.name === port.name))
  const straight = dataSets.filter(({ from, model }) => from === port.name && model === undefined)
  return [
    ...models.map(({ place }) => messages['port-only-straight']({ name, why, reader: 'here a model reads it' }, { place })),
    ...straight.slice(1).map(({ name: second, place }) => messages['port-only-straight']({ name, why, reader: `${second} is another one` }, { place })),
    ...(port.settings['changes'] !== true ? [] : straight.flatMap(({ name: dataSet, contract }) =>
      contract === undefined || contract.columns.some(({ primaryKey }) => primaryKey !== undefined) ? [] : [messages['port-needs-key']({ name, dataSet: `${product}.${dataSet}` }, { place: contract.place })])),
  ]
}
