// An output port: where consumers reach a product's data sets. Taking a data set off a port, or changing what the port
// speaks, breaks them; the port itself holds no data.

import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'
import type { Verdict } from './compare.ts'
import type { Json } from '@tulle/kernel'

export const outputPortProvider = recordProvider({
  kind: 'output-port',
  outlivesDeclaration: false,
  judge: judgePort,
  desire: {
    of: 'product',
    list: (product) =>
      product.outputPorts.map((port) =>
        resourceOf({
          kind: 'output-port',
          name: `${product.name}.${port.name}`,
          product: product.name,
          declaredBy: port,
          facts: { product: product.name, name: port.name, title: port.title, kind: port.kind, dataSets: port.dataSets, url: port.url, description: port.description },
        })),
  },
})

function judgePort(path: readonly string[], before: Json | undefined, after: Json | undefined): Verdict | undefined {
  if (path[0] === 'kind') return { breaking: true, sentence: `The port speaks ${String(after)} instead of ${String(before)}.` }
  if (path[0] !== 'dataSets') return undefined
  const was = namesIn(before)
  const is = namesIn(after)
  const removed = was.filter((name) => !is.includes(name))
  const added = is.filter((name) => !was.includes(name))
  const parts = [
    ...(removed.length > 0 ? [`no longer serves ${removed.join(', ')}`] : []),
    ...(added.length > 0 ? [`now serves ${added.join(', ')}`] : []),
  ]
  return { breaking: removed.length > 0, sentence: parts.length === 0 ? 'The port serves the same data sets in another order.' : `The port ${parts.join(' and ')}.` }
}

const namesIn = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [])
