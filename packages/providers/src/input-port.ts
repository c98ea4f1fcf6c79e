// An input port: where a product takes its data from. A file of the mesh, another product, another platform's table, or something that this
// target can only name.

import type { InputPort } from '@tulle/model'
import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'
import type { Spec } from './types.ts'

export const inputPortProvider = recordProvider({
  kind: 'input-port',
  outlivesDeclaration: false,
  desire: {
    of: 'product',
    list: (product) =>
      product.inputPorts.map((port) =>
        resourceOf({
          kind: 'input-port',
          name: `${product.name}.${port.name}`,
          product: product.name,
          declaredBy: port,
          facts: { product: product.name, name: port.name, title: port.title, kind: port.kind, ...sourceOf(port) },
        })),
  },
})

/** What is particular to each kind of input port. */
function sourceOf(port: InputPort): Spec {
  switch (port.kind) {
    case 'file': return { path: port.path, format: port.format, options: port.options }
    case 'product': return { from: port.product, dataSet: port.dataSet, purpose: port.purpose }
    case 'iceberg': return { uri: port.uri, warehouse: port.warehouse, namespace: port.namespace, table: port.table, ref: port.ref, snapshot: port.snapshot, secret: port.secret }
    case 'connected': return { system: port.system, settings: port.settings }
    case 'external': return { description: port.description }
  }
}
