// A data product: the immutable id that grants, tables and policies hold on to, and everything that a catalogue shows.
// Its domain and team are facts, not part of its address, so handing it over is a move that touches nothing else.

import type { Json } from '@tulle/kernel'
import type { DataProduct } from '@tulle/model'
import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'
import type { Spec } from './types.ts'

export const dataProductProvider = recordProvider({
  kind: 'data-product',
  outlivesDeclaration: true,
  belongsTo: ['domain', 'team'],
  desire: {
    of: 'product',
    list: (product) => [
      resourceOf({
        kind: 'data-product',
        name: product.name,
        product: product.name,
        declaredBy: product,
        facts: factsOf(product),
      }),
    ],
  },
})

const factsOf = ({ name, title, description, domain, team, owner, type, certified, tags, folder, maintenance, runs, exports, alerts }: DataProduct): Spec =>
  ({ name, title, description, domain, team, owner, type, certified, tags, folder, maintenance: maintenance === undefined ? undefined : { ...maintenance }, runs: runs as Json | undefined, exports: exports as Json | undefined, alerts: alerts as unknown as Json | undefined })
