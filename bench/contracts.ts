// How long 1,000 pairs of contract versions take to compare, 40 columns each with nested ones, three ports in both
// directions by turns: node bench/contracts.ts [pairs]. The limit is one second.

import { compareContracts } from '@tulle/contracts'
import type { Json } from '@tulle/kernel'

const count = Number(process.argv[2] ?? 1_000)
const TYPES = ['string', 'integer', 'date', 'boolean', 'number']

const contract = (seed: number): Json => ({
  version: `1.${seed % 2}.0`,
  schema: [{
    name: 'rows',
    properties: Array.from({ length: 40 }, (_, i): Json => {
      const column = { name: `c${(i + (seed % 3)) % 41}`, logicalType: TYPES[(i * 7 + (seed % 2)) % TYPES.length] ?? 'string', required: (i + seed) % 5 === 0, quality: [{ metric: 'nullValues', mustBe: seed % 4 }] }
      return i % 8 === 0 ? { ...column, logicalType: 'object', properties: Array.from({ length: 6 }, (_m, m) => ({ name: `m${m + (seed % 2)}`, logicalType: 'string' })) } : column
    }),
  }],
})

const pairs = Array.from({ length: count }, (_, i) => [contract(i), contract(i + 1)] as const)
const ports = ['sql', 'files', 'stream'] as const
const found = { none: 0, minor: 0, breaking: 0 }
const begun = performance.now()
for (const [i, [before, after]] of pairs.entries()) found[compareContracts(before, after, { port: ports[i % 3] ?? 'sql', direction: 'full' }).severity] += 1
const milliseconds = performance.now() - begun
process.stdout.write(`${count} pairs in ${milliseconds.toFixed(0)} ms; ${JSON.stringify(found)}\n`)
