import { describe, expect, it } from 'vitest'
import { graphOf } from './mesh-graph.ts'

type Mesh = Parameters<typeof graphOf>[0]

const product = (name: string, reads: readonly string[] = []): Mesh['products'][number] =>
  ({ id: `data-product:${name}`, name, title: name, domain: 'network', team: 'network', certified: false, tags: [], dataSets: [], outputPorts: [], workflow: { onInputPublished: false }, reads: reads.flatMap((from) => [{ product: from, dataSet: 'a' }, { product: from, dataSet: 'b' }]) })

const MESH: Mesh = {
  products: [product('airports'), product('flights', ['airports', 'secret', 'gone', 'flights']), product('secret', ['airports']), product('late')],
  ports: [
    { product: 'flights', direction: 'in', name: 'files', kind: 'file' },
    { product: 'flights', direction: 'in', name: 'airports', kind: 'product', reads: 'airports' },
    { product: 'flights', direction: 'in', name: 'secret', kind: 'product', reads: 'secret' },
    { product: 'flights', direction: 'out', name: 'sql', kind: 'sql' },
    { product: 'secret', direction: 'out', name: 'rest', kind: 'rest' },
  ],
  published: new Set(['airports', 'flights', 'secret']),
  failing: new Set(['flights']),
}
const viewer = (hidden?: string): Parameters<typeof graphOf>[1] => ({ mayKnow: ({ name }) => name !== hidden, accessTo: ({ name }) => (name === 'airports' ? 'granted' : 'none') })

describe('the mesh as a graph', () => {
  it('has each product with its ports and state, and each reading once, between products that are there', () => {
    const { products, reads } = graphOf(MESH, viewer())
    expect(products.map(({ name, state, access }) => `${name} ${state} ${access}`)).toEqual(['airports published granted', 'flights failing none', 'secret published none', 'late waiting none'])
    expect(products[1]).toMatchObject({
      inputPorts: [{ name: 'files', kind: 'file' }, { name: 'airports', kind: 'product', product: 'airports' }, { name: 'secret', kind: 'product', product: 'secret' }],
      outputPorts: [{ name: 'sql', kind: 'sql' }],
    })
    expect(reads).toEqual([{ from: 'airports', to: 'flights' }, { from: 'secret', to: 'flights' }, { from: 'airports', to: 'secret' }])
  })

  it('names nowhere what the viewer may not know of', () => {
    expect(JSON.stringify(graphOf(MESH, viewer()))).toContain('secret')
    const graph = graphOf(MESH, viewer('secret'))
    expect(JSON.stringify(graph)).not.toContain('secret')
    expect(graph.reads).toEqual([{ from: 'airports', to: 'flights' }])
  })
})
