// An output port: where consumers reach a product's data sets. Taking a data set off a port, or changing what the port
// speaks, breaks them; the port itself holds no data.

import type { Json } from '@tulle/kernel'
import type { OutputPort } from '@tulle/model'
import type { Verdict } from './compare.ts'
import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'
import type { Spec } from './types.ts'

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
          facts: factsOf(product.name, port),
        })),
  },
})

const factsOf = (product: string, { name, title, kind, dataSets, approval, url, description, settings }: OutputPort): Spec =>
  ({ product, name, title, kind, dataSets, approval, url, description, settings })

/** What readers of a topic depend on. */
const MOVES_READERS: ReadonlySet<string> = new Set(['format', 'topic_suffix'])

function judgePort(path: readonly string[], before: Json | undefined, after: Json | undefined): Verdict | undefined {
  if (path[0] === 'kind') return { breaking: true, sentence: `The port speaks ${String(after)} instead of ${String(before)}.` }
  if (path[0] === 'settings' && path.length > 1 && MOVES_READERS.has(path[1] ?? '')) return { breaking: true, sentence: `Its ${String(path[1])} is ${JSON.stringify(after ?? null)} instead of ${JSON.stringify(before ?? null)}: readers of its topics find nothing new where they read.` }
  if (path[0] !== 'dataSets') return undefined
  const was = namesIn(before)
  const is = namesIn(after)
  const removed = was.filter((name) => !is.includes(name))
  const added = is.filter((name) => !was.includes(name))
  const parts = [
    ...(removed.length > 0 ? [`no longer serves ${removed.join(', ')}`] : []),
    ...(added.length > 0 ? [`now serves ${added.join(', ')}`] : []),
  ]
  if (parts.length === 0) return { sentence: 'The port serves the same data sets in another order.' }
  return { breaking: removed.length > 0, sentence: `The port ${parts.join(' and ')}.` }
}

const namesIn = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [])
