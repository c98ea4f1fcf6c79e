// What a product promises: service-level objectives, their indicators, and how its data may be shared. Recorded as
// declared.

import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'

const PROMISES: ReadonlySet<string> = new Set(['service-level-asset', 'service-level-indicator', 'data-sharing-agreement'])

export const serviceLevelProvider = recordProvider({
  kind: 'service-level',
  outlivesDeclaration: false,
  desire: {
    of: 'product',
    list: (product) =>
      product.components
        .filter((component) => PROMISES.has(component.baseType))
        .map(({ name, title, type, baseType, properties }) =>
          resourceOf({
            kind: 'service-level',
            name: `${product.name}.${name}`,
            product: product.name,
            facts: { product: product.name, name, title, type, promise: baseType, properties },
          })),
  },
})
