// A mesh that is another one each round: products come, change, move and leave.

import type { MeshWords, ProductWords } from '@tulle/providers/testing'

const NAMES = ['alpha', 'beta', 'gamma', 'delta'] as const

/** The title says the round. */
export function killMesh(round: number): MeshWords {
  const products = NAMES.flatMap((name, index): [string, ProductWords][] => ((round + index) % 4 === 3 ? [] : [[name, {
    title: `Round ${round}`,
    domain: (round + index) % 2 === 0 ? 'north' : 'south',
    dataSets: { rows: { columns: { id: 'long!', [`c${round % 3}`]: (round + index) % 5 === 0 ? 'string' : 'int' } } },
    outputs: (round + index) % 3 === 0 ? {} : { sql: ['rows'] },
  }]]))
  return { title: `Round ${round}`, domains: { north: {}, south: {} }, products: Object.fromEntries(products) }
}
