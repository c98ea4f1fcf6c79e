import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MeshModel } from '@tulle/model'
import { embeddedProviders } from './embedded.ts'
import { describeProvider, dyingThrough } from './testing/describe-provider.ts'
import { meshOf } from './testing/mesh-of.ts'
import type { MeshWords, ProductWords } from './testing/mesh-of.ts'
import { providerRig } from './testing/provider-rig.ts'
import type { ProviderRig } from './testing/provider-rig.ts'
import { RESOURCE_KINDS } from './types.ts'
import type { ProviderContext, ResourceKind, Spec } from './types.ts'

let rig: ProviderRig
beforeAll(async () => {
  rig = await providerRig()
})
afterAll(() => rig[Symbol.asyncDispose]())

const flights: ProductWords = {
  dataSets: { flights: { columns: { date: 'timestamp!', delay: 'int' }, from: 'file' } },
  inputs: { file: 'data/flights.csv' },
  promises: { fresh: { dimension: 'Freshness' } },
  schedule: '0 5 * * *',
}
const before: MeshWords = { processDomains: { crew: 'ops' }, policies: { personal_data: { status: 'grace' } }, capabilities: { 'nightly-drop': 'file-input-port' }, products: { flights }, grants: { ops_read: {} } }
const withFlights = (changes: ProductWords): MeshWords => ({ ...before, products: { flights: { ...flights, ...changes } } })

const LIVES: Readonly<Record<Exclude<ResourceKind, 'stream-job'>, readonly [ref: string, after: MeshModel | Spec]>> = {
  mesh: ['mesh:mesh', meshOf({ ...before, title: 'Another title', purposes: ['testing', 'selling'] })],
  capability: ['capability:nightly-drop', meshOf({ ...before, capabilities: { 'nightly-drop': 'product-input-port' } })],
  'technical-team': ['technical-team:ops', { title: 'Operations data' }],
  'process-domain': ['process-domain:crew', meshOf({ ...before, processDomains: { crew: 'net' } })],
  'data-domain': ['data-domain:operations', meshOf({ ...before, domains: { operations: { title: 'Operations' } } })],
  'domain-namespace': ['domain-namespace:operations', { namespace: 'ops' }],
  'domain-group': ['domain-group:operations', meshOf({ ...before, domains: { operations: { owner: 'ops' } } })],
  'domain-policy': ['domain-policy:operations', { allow: [] }],
  policy: ['policy:personal_data', meshOf({ ...before, policies: { personal_data: { status: 'enforced' } } })],
  'domain-quota': ['domain-quota:operations', meshOf({ ...before, domains: { operations: { quotas: { products: 3 } } } })],
  'data-product': ['data-product:flights', meshOf(withFlights({ title: 'Flights', domain: 'operations' }))],
  'input-port': ['input-port:flights.file', meshOf(withFlights({ inputs: { file: 'data/flights-*.csv' } }))],
  'data-set': ['data-set:flights.flights', meshOf(withFlights({ dataSets: { flights: { columns: { date: 'timestamp', delay: 'long', origin: 'string' }, from: 'file' } } }))],
  'output-port': ['output-port:flights.sql', meshOf(withFlights({ outputs: { sql: [] } }))],
  'control-port': ['control-port:flights', { addresses: {} }],
  'service-level': ['service-level:flights.fresh', meshOf(withFlights({ promises: { fresh: { dimension: 'Completeness' } } }))],
  workflow: ['workflow:flights', meshOf(withFlights({ schedule: '0 6 * * *' }))],
  'access-grant': ['access-grant:ops_read', meshOf({ ...before, grants: { ops_read: { dataSet: 'flights', columns: ['date'], rows: 'delay > 15' } } })],
}

describe('the target "embedded"', () => {
  it('has one provider per kind, in the order in which one kind needs the other', () => {
    // Jobs need an engine of streams, which is never in the house.
    expect(embeddedProviders.map((provider) => provider.kind)).toEqual(RESOURCE_KINDS.filter((kind) => kind !== 'stream-job'))
  })
})

describe('the suite of deaths', () => {
  it('catches an effect that is two transactions where it should be one', async () => {
    const mesh = meshOf(before)
    await rig.create(mesh)
    const torn = async ({ db }: ProviderContext): Promise<void> => {
      await db.updateTable('resource').set({ spec: JSON.stringify({ torn: Math.random() }) }).where('ref', '=', 'workflow:flights').execute()
      await db.updateTable('resource').set({ fingerprint: 'the one that belongs to it' }).where('ref', '=', 'workflow:flights').execute()
    }
    expect((await dyingThrough(rig, 'workflow:flights', torn))[0]).toBe('dead after 1 steps: The row of workflow:flights in the control database was changed by hand.')
    await rig.store.db.deleteFrom('resource').where('ref', '=', 'workflow:flights').execute()
  })
})

for (const provider of embeddedProviders) {
  const [ref, second] = LIVES[provider.kind as keyof typeof LIVES]
  describeProvider({ provider, ref, first: meshOf(before), second, rig: () => rig })
}
