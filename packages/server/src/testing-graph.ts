// A large mesh as the API tells it, for the map of the console.

/** A mesh of nine domains, each product of which reads up to two that are before it. */
export function generatedGraph(size: number) {
  const products = Array.from({ length: size }, (_, i) => ({
    name: `p${i}`, title: `Product ${i}`, domain: `domain-${(i * 7) % 9}`, certified: i % 5 === 0, access: i % 3 === 0 ? 'granted' : 'none', state: i % 31 === 0 ? 'failing' : i % 11 === 0 ? 'waiting' : 'published',
    inputPorts: readsOf(i).map((input) => ({ name: `p${input}`, kind: 'product', product: `p${input}` })), outputPorts: [{ name: 'sql', kind: 'sql' }, { name: 'rest', kind: 'rest' }],
  }))
  return { products, reads: products.flatMap(({ name }, i) => readsOf(i).map((input) => ({ from: `p${input}`, to: name }))) }
}

const readsOf = (i: number): readonly number[] => [...new Set(i < 200 ? [] : [(i * 37) % 200, Math.floor(i / 3)])]
