// The control port that every product has: where its metadata, metrics and policies are read under the caller's rights.

import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'

const FACETS = ['metadata', 'metrics', 'policies']

export const controlPortProvider = recordProvider({
  kind: 'control-port',
  outlivesDeclaration: false,
  desire: {
    of: 'product',
    list: ({ name }) => [
      resourceOf({
        kind: 'control-port',
        name,
        product: name,
        facts: { product: name, addresses: Object.fromEntries(FACETS.map((facet) => [facet, `/products/${name}/control/${facet}`])) },
      }),
    ],
  },
})
