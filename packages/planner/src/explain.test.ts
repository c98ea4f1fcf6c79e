import { describe, expect, it } from 'vitest'
import type { ObservedGrant } from '@tulle/providers'
import type { MeshWords, ProductWords } from '@tulle/providers/testing'
import { explain } from './explain.ts'
import { planBetween } from './testing/expect-plan.ts'

const flights: ProductWords = { dataSets: { flights: { columns: { date: 'timestamp!', delay: 'int' }, from: 'file' } }, inputs: { file: 'data/flights.csv' }, schedule: '0 5 * * *' }
const late: ProductWords = { dataSets: { late: { columns: { n: 'long' }, reads: ['flights.flights'] } } }
const base: MeshWords = { domains: { operations: {}, network: {} }, products: { flights, late } }
const withFlights = (changes: ProductWords): MeshWords => ({ ...base, products: { flights: { ...flights, ...changes }, late } })
const ana: ObservedGrant = { id: 'g1', subjectKind: 'user', subject: 'ana', productId: 'id of data-product:flights' }
const masked = (text: string): string => text.replace(/Plan [0-9a-f]{12} can/u, 'Plan … can')

describe('an explained plan', () => {
  it('says so where there is nothing to do', () => {
    expect(explain(planBetween({ before: base, after: base }))).toBe('No changes. The mesh is as its files say.')
  })

  it('lists what follows from one domain.yaml', () => {
    expect(masked(explain(planBetween({ after: { teams: [], domains: { operations: {} } } })))).toBe(`Plan for the mesh test: 6 to create.

Mesh, capabilities and teams
  + mesh:mesh

Data domain operations
  + data-domain:operations
  + domain-namespace:operations
  + domain-group:operations
  + domain-policy:operations
  + domain-quota:operations

Plan … can be applied.`)
  })

  it('shows a typed difference, what breaks, and whom', () => {
    const after = withFlights({ domain: 'network', schedule: '0 6 * * *', dataSets: { flights: { columns: { date: 'timestamp!', origin: 'string' }, from: 'file' } } })
    expect(masked(explain(planBetween({ before: base, after, grants: [ana] })))).toBe(`Plan for the mesh test: 1 to move, 2 to change.

Move data product flights (nothing is destroyed: same id, same tables, same snapshots, same grants)
  → data-product:flights
      ~ domain changes from operations to network.
      ~ folder changes from domains/operations/flights to domains/network/flights.

Data product flights
  ~ data-set:flights.flights
      - Column delay (int) is dropped. BREAKING
      + Column origin (string) is added; it is empty until the next run.
      hits product late, user ana
  ~ workflow:flights
      ~ schedule changes from "0 5 * * *" to "0 6 * * *".

❌ domains/network/flights/contracts/flights.odcs.yaml:1:1 contract-breaks-consumer: data-set:flights.flights: Column delay (int) is dropped. This breaks 2 consumers: product late, user ana.
    Help: Keep what they use and publish the change beside it: a data set flights_v2 with version-of: flights and a contract of version 2.0.0. Or agree with them first and plan with --allow-breaking.

This plan cannot be applied: see ❌ above.`)
  })

  it('says what was done by hand and what becomes of it', () => {
    const drift = { reason: 'table-missing', message: 'The table flights.flights was dropped by hand.', remedy: 'It comes back.' } as const
    expect(masked(explain(planBetween({ before: base, after: base, byHand: { 'data-set:flights.flights': { drift } } })))).toBe(`Plan for the mesh test: 1 to heal.

Data product flights
  ± data-set:flights.flights
      The table flights.flights was dropped by hand. It comes back.

Plan … can be applied.`)
  })

  it('says what is kept, what can come back, and what cannot', () => {
    const alone: MeshWords = { ...base, products: { flights } }
    expect(explain(planBetween({ before: base, after: alone }))).toBe(`No changes. The mesh has what its files say, and more.

ℹ️  product-kept: The data product "late" is no longer in the files. It is kept as it is: its data, ports and grants stay.
    Help: Plan with --prune to archive it (it can come back), or with --allow-destroy to destroy it with its data.`)
    expect(masked(explain(planBetween({ before: base, after: alone, options: { allowDestroy: true } })))).toContain('Destroy late (this cannot be taken back)\n  ✗ workflow:late')
    expect(masked(explain(planBetween({ before: base, after: alone, options: { prune: true } })))).toContain('Archive late (it can come back: data, ids and grants are kept)\n  - workflow:late')
  })

  it('cannot be rewritten by what a file says', () => {
    const text = explain(planBetween({ before: base, after: withFlights({ title: '\u001b[2K\rNo changes.\u202e' }) }))
    expect(text).toContain('title changes from flights to "\\u001b[2K\\rNo changes.\\u202e".')
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/u)
  })
})
