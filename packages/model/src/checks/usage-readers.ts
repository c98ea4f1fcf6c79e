// Who uses what names persons, so a product reads it only where the mesh says so.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { DataProduct } from '../types.ts'

export const checkUsageReaders = (products: ReadonlyMap<string, DataProduct>, readers: readonly string[] = []): readonly Diagnostic[] =>
  [...products.values()].filter(({ name }) => !readers.includes(name)).flatMap((product) => product.inputPorts.flatMap((port) =>
    port.kind === 'connected' && port.system === 'usage'
      ? [messages['port-setting']({ name: `${product.name}.${port.name}`, problem: 'reads who uses what, which the mesh does not let this product do', remedy: `Whoever keeps mesh.yaml adds the product: usage: [${product.name}].` }, { place: port.place })]
      : []))
