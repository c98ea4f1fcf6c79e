import { describe, expect, it } from 'vitest'
import { embeddedProviders } from '@tulle/providers'
import type { ObservedGrant } from '@tulle/providers'
import type { MeshWords, ProductWords } from '@tulle/providers/testing'
import { changesOf } from './plan.ts'
import { expectPlan, planBetween } from './testing/expect-plan.ts'
import type { Case } from './testing/expect-plan.ts'

const airports: ProductWords = { domain: 'network', dataSets: { airports: { columns: { iata: 'string!', city: 'string' }, from: 'file' } }, inputs: { file: 'data/airports.csv' } }
const flights: ProductWords = { dataSets: { flights: { columns: { date: 'timestamp!', delay: 'int', origin: 'string' }, from: 'file' } }, inputs: { file: 'data/flights.csv' } }
const punctuality: ProductWords = { dataSets: { punctuality: { columns: { iata: 'string', late: 'long' }, reads: ['flights.flights', 'airports.airports'] } } }
const base: MeshWords = { domains: { network: {}, operations: {} }, products: { punctuality, flights, airports } }
const withFlights = (changes: ProductWords): MeshWords => ({ ...base, products: { punctuality, flights: { ...flights, ...changes }, airports } })
const withColumns = (columns: Record<string, string>): MeshWords => withFlights({ dataSets: { flights: { columns, from: 'file' } } })
const without = (name: string): MeshWords => ({ ...base, products: Object.fromEntries(Object.entries(base.products ?? {}).filter(([product]) => product !== name)) })

const ana: ObservedGrant = { id: 'g1', subjectKind: 'user', subject: 'ana', productId: 'id of data-product:flights' }
const bo: ObservedGrant = { id: 'g2', subjectKind: 'user', subject: 'bo', productId: 'id of data-product:flights', dataSet: 'flights', columns: ['date', 'origin'] }
const crew: ObservedGrant = { id: 'g3', subjectKind: 'team', subject: 'crew', productId: 'id of data-product:airports' }

describe('a first plan', () => {
  it('lists all that follows from one domain.yaml', () => {
    expectPlan({ after: { teams: [], domains: { operations: {} } } }, {
      changes: [
        '# Mesh, capabilities and teams',
        'create mesh:mesh',
        '# Data domain operations',
        'create data-domain:operations',
        'create domain-namespace:operations',
        'create domain-group:operations',
        'create domain-policy:operations',
        'create domain-quota:operations',
      ],
    })
  })

  it('builds a product after those that it reads, and its parts in the order in which one needs the other', () => {
    const plan = planBetween({ after: base })
    expect(plan.stages.flatMap((stage) => (stage.kind === 'build-product' ? [stage.product] : []))).toEqual(['airports', 'flights', 'punctuality'])
    expect(plan.stages.find((stage) => stage.kind === 'build-product' && stage.product === 'flights')?.changes.map((change) => change.ref)).toEqual([
      'data-product:flights', 'input-port:flights.file', 'data-set:flights.flights', 'output-port:flights.sql', 'control-port:flights', 'workflow:flights',
    ])
  })
})

describe('a plan with nothing to do', () => {
  it('has no stage and cannot be applied, because there is nothing to apply', () => {
    expectPlan({ before: base, after: base }, { changes: [], applyable: false })
  })

  it('does not care in which order products stand in the folder', () => {
    expectPlan({ before: base, after: { ...base, products: { airports, flights, punctuality } } }, { changes: [], applyable: false })
  })
})

describe('a changed product', () => {
  const CASES: Readonly<Record<string, readonly [Case, readonly string[]]>> = {
    'a new title is an update of the product alone': [
      { before: base, after: withFlights({ title: 'Flights of 2001' }) }, ['# Data product flights', 'update data-product:flights'],
    ],
    'a changed model is an update of the workflow, and of no table': [
      { before: base, after: { ...base, products: { ...base.products, punctuality: { ...punctuality, dataSets: { punctuality: { columns: { iata: 'string', late: 'long' }, model: 'select 1', reads: ['flights.flights', 'airports.airports'] } } } } } },
      ['# Data product punctuality', 'update workflow:punctuality'],
    ],
    'a new schedule is an update of the workflow': [{ before: base, after: withFlights({ schedule: '0 5 * * *' }) }, ['# Data product flights', 'update workflow:flights']],
    'a new nullable column breaks nobody': [
      { before: base, after: withColumns({ date: 'timestamp!', delay: 'int', origin: 'string', distance: 'int' }) }, ['# Data product flights', 'update data-set:flights.flights'],
    ],
    'a widened column breaks nobody': [
      { before: base, after: withColumns({ date: 'timestamp!', delay: 'long', origin: 'string' }) }, ['# Data product flights', 'update data-set:flights.flights'],
    ],
    'columns in another order break nobody': [
      { before: base, after: withColumns({ origin: 'string', delay: 'int', date: 'timestamp!' }) }, ['# Data product flights', 'update data-set:flights.flights'],
    ],
    'an input port that is no longer declared is closed at once, after the rest': [
      { before: base, after: withFlights({ inputs: { other: 'data/flights-*.csv' } }) },
      ['# Data product flights', 'create input-port:flights.other', 'archive input-port:flights.file'],
    ],
  }
  for (const [fact, [of, changes]] of Object.entries(CASES)) it(fact, () => expectPlan(of, { changes }))
})

describe('a moved product', () => {
  const moved = withFlights({ domain: 'network' })

  it('is one move and nothing else: no table, port, workflow or grant is touched', () => {
    expectPlan({ before: base, after: moved, grants: [ana] }, { changes: ['# Move data product flights', 'move data-product:flights'] })
  })

  it('keeps its id', () => {
    const [stage] = planBetween({ before: base, after: moved }).stages
    expect(stage?.changes[0]?.id).toBe('id of data-product:flights')
  })

  it('may be handed to another team in the same breath, and change besides', () => {
    expectPlan({ before: { ...base, teams: ['ops', 'net'] }, after: { ...withFlights({ domain: 'network', team: 'net', title: 'Flights', schedule: '0 5 * * *' }), teams: ['ops', 'net'] } }, {
      changes: ['# Move data product flights', 'move data-product:flights', '# Data product flights', 'update workflow:flights'],
    })
  })

  it('moves after its new domain was made', () => {
    expectPlan({ before: base, after: { ...withFlights({ domain: 'sales' }), domains: { network: {}, operations: {}, sales: {} } } }, {
      changes: [
        '# Data domain sales', 'create data-domain:sales', 'create domain-namespace:sales', 'create domain-group:sales', 'create domain-policy:sales', 'create domain-quota:sales',
        '# Move data product flights', 'move data-product:flights',
      ],
    })
  })
})

describe('a breaking change', () => {
  const dropped = withColumns({ date: 'timestamp!', origin: 'string' })

  it('stops the plan and names every consumer: products by what they read, people by their grants', () => {
    expectPlan({ before: base, after: dropped, grants: [ana, bo, crew] }, {
      changes: ['# Data product flights', 'update data-set:flights.flights ! (product punctuality, user ana)'],
      says: ['contract-breaks-consumer: data-set:flights.flights: Column delay (int) is dropped. This breaks 2 consumers: product punctuality, user ana.'],
      applyable: false, complete: false,
    })
  })

  it('hits nobody whose grant does not name the column', () => {
    const plan = planBetween({ before: base, after: dropped, grants: [bo] })
    expect(plan.stages[0]?.changes[0]?.consumers).toEqual([{ kind: 'product', name: 'punctuality', dataSet: 'flights' }])
  })

  it('passes with a warning where nobody reads', () => {
    const alone = { ...base, products: { flights } }
    expectPlan({ before: alone, after: { ...base, products: { flights: dropped.products?.['flights'] ?? {} } } }, {
      changes: ['# Data product flights', 'update data-set:flights.flights !'],
      says: ['breaking-change: data-set:flights.flights: Column delay (int) is dropped. Nobody uses it yet.'],
    })
  })

  it('passes with a warning where it is allowed', () => {
    expectPlan({ before: base, after: dropped, grants: [ana], options: { allowBreaking: true } }, {
      changes: ['# Data product flights', 'update data-set:flights.flights ! (product punctuality, user ana)'],
      says: ['breaking-change: data-set:flights.flights: Column delay (int) is dropped. It was allowed to break product punctuality, user ana.'],
    })
  })

  it('does not hit a product that stops reading in the same plan', () => {
    const rewritten: ProductWords = { dataSets: { punctuality: { columns: { iata: 'string', late: 'long' }, reads: ['airports.airports'] } } }
    const plan = planBetween({ before: base, after: { ...dropped, products: { ...dropped.products, punctuality: rewritten } } })
    expect(plan.applyable).toBe(true)
  })

  const BREAKING: Readonly<Record<string, readonly [Record<string, string>, string]>> = {
    'a narrowed type': [{ date: 'timestamp!', delay: 'string', origin: 'string' }, 'Column delay changes from int to string: its values are empty until the next run.'],
    'a column that becomes required': [{ date: 'timestamp!', delay: 'int!', origin: 'string' }, 'Column delay becomes required: a run whose rows lack it no longer publishes.'],
    'a column that becomes optional': [{ date: 'timestamp', delay: 'int', origin: 'string' }, 'Column date becomes optional: whoever reads it may meet nulls.'],
  }
  for (const [what, [columns, sentence]] of Object.entries(BREAKING)) {
    it(`is ${what}`, () => {
      const fields = planBetween({ before: base, after: withColumns(columns) }).stages[0]?.changes[0]?.fields
      expect(fields?.filter((field) => field.breaking).map((field) => field.sentence)).toEqual([sentence])
    })
  }

  it('is a data set taken off a port, for whoever holds a grant', () => {
    expectPlan({ before: base, after: withFlights({ outputs: { sql: [] } }), grants: [ana] }, {
      changes: ['# Data product flights', 'update output-port:flights.sql ! (user ana)'],
      says: ['contract-breaks-consumer: output-port:flights.sql: The port no longer serves flights. This breaks 1 consumer: user ana.'],
      applyable: false, complete: false,
    })
  })
})

describe('a product that left the folder', () => {
  const left = without('punctuality')

  it('is kept, with a note', () => {
    expectPlan({ before: base, after: left }, {
      changes: [],
      says: ['product-kept: The data product "punctuality" is no longer in the files. It is kept as it is: its data, ports and grants stay.'],
      applyable: false, complete: false,
    })
  })

  it('is archived with --prune, its ports before its tables, and whoever holds a grant is told', () => {
    const grants = [{ ...ana, productId: 'id of data-product:punctuality' }]
    expectPlan({ before: base, after: left, options: { prune: true }, grants }, {
      changes: [
        '# Archive punctuality', 'archive workflow:punctuality', 'archive control-port:punctuality', 'archive output-port:punctuality.sql ! (user ana)',
        'archive data-set:punctuality.punctuality ! (user ana)', 'archive data-product:punctuality ! (user ana)',
      ],
      says: [
        'breaking-change: data-product:punctuality: It is archived. It was allowed to break user ana.',
      ],
    })
  })

  it('is destroyed only with --allow-destroy', () => {
    const plan = planBetween({ before: base, after: left, options: { allowDestroy: true } })
    expect(plan.stages.map((stage) => stage.kind)).toEqual(['destroy'])
    expect(plan.diagnostics.map((diagnostic) => diagnostic.code)).toContain('data-destroyed')
  })

  it('goes after the products that read it', () => {
    const plan = planBetween({ before: base, after: { ...base, products: { airports } }, options: { prune: true } })
    expect(plan.stages.map((stage) => (stage.kind === 'archive' ? stage.subject : ''))).toEqual(['punctuality', 'flights'])
  })

  it('leaves no other way to destroy anything', () => {
    for (const options of [{}, { prune: true }, { allowBreaking: true }, { prune: true, allowBreaking: true }]) {
      expect(planBetween({ before: base, after: { domains: {} }, options }).stages.filter((stage) => stage.kind === 'destroy')).toEqual([])
    }
  })
})

describe('a data set that left its product', () => {
  const two = withFlights({ dataSets: { ...flights.dataSets, cancelled: { columns: { date: 'timestamp' }, from: 'file' } }, outputs: { sql: ['flights'] } })
  const one = withFlights({ outputs: { sql: ['flights'] } })

  it('is kept with its data, with a note', () => {
    expectPlan({ before: two, after: one }, {
      changes: [], says: ['resource-kept: data-set:flights.cancelled is no longer in the files. It is kept as it is.'], applyable: false, complete: false,
    })
  })

  it('is archived with --prune', () => {
    expectPlan({ before: two, after: one, options: { prune: true } }, {
      changes: ['# Archive flights', 'archive data-set:flights.cancelled !'],
      says: ['breaking-change: data-set:flights.cancelled: It is archived. Nobody uses it yet.'],
    })
  })
})

describe('what changed by hand', () => {
  const dropped = { reason: 'table-missing', message: 'The table flights.flights was dropped by hand.', remedy: 'It comes back.' } as const

  it('is healed', () => {
    expectPlan({ before: base, after: base, byHand: { 'data-set:flights.flights': { drift: dropped } } }, { changes: ['# Data product flights', 'heal data-set:flights.flights'] })
  })

  it('is healed and brought up to date in one change', () => {
    const plan = planBetween({ before: base, after: withColumns({ date: 'timestamp!', delay: 'long', origin: 'string' }), byHand: { 'data-set:flights.flights': { drift: dropped } } })
    expect(plan.stages[0]?.changes.map(({ action, fields }) => [action, fields.map((field) => field.path)])).toEqual([['heal', ['contract.columns.delay.type']]])
  })

  it('is only named where no file declares it any more', () => {
    expectPlan({ before: base, after: without('punctuality'), byHand: { 'data-set:punctuality.punctuality': { drift: { ...dropped, message: 'The table punctuality.punctuality was dropped by hand.' } } } }, {
      changes: [], applyable: false, complete: false,
      says: [
        'product-kept: The data product "punctuality" is no longer in the files. It is kept as it is: its data, ports and grants stay.',
        'drift-kept: The table punctuality.punctuality was dropped by hand. It is no longer in the files, so nothing is done about it.',
      ],
    })
  })

  it('is finished where it is a destruction that was interrupted, whatever the options say', () => {
    const half = { archived: true, drift: { reason: 'half-destroyed', message: 'The destruction was interrupted.', remedy: 'It is finished.' } } as const
    const plan = planBetween({ before: base, after: without('punctuality'), byHand: { 'data-set:punctuality.punctuality': half } })
    expect(plan.stages.map((stage) => [stage.kind, stage.changes.map((change) => change.ref)])).toEqual([['destroy', ['data-set:punctuality.punctuality']]])
  })
})

describe('what stands in the way', () => {
  it('is a circle of products', () => {
    const a: ProductWords = { dataSets: { a: { columns: { x: 'int' }, reads: ['b.b'] } } }
    const b: ProductWords = { dataSets: { b: { columns: { x: 'int' }, reads: ['a.a'] } } }
    const plan = planBetween({ after: { products: { a, b } } })
    expect(plan.diagnostics.map((diagnostic) => diagnostic.message)).toEqual(['These products read each other in a circle: a → b → a.'])
    expect(plan.applyable).toBe(false)
  })

  it('is the folder of another mesh, where it would sweep this one away', () => {
    const other: MeshWords = { name: 'other', products: { airports } }
    expect(planBetween({ before: base, after: other, options: { prune: true } }).diagnostics.map((diagnostic) => diagnostic.code)).toContain('other-mesh')
    expect(planBetween({ before: base, after: { ...base, name: 'renamed' } }).applyable).toBe(true)
  })

  it('is a domain with more products than its quota', () => {
    const plan = planBetween({ after: { ...base, domains: { network: {}, operations: { quotas: { products: 1 } } } } })
    expect(plan.diagnostics.map((diagnostic) => diagnostic.message)).toEqual(['The data domain "operations" would have 2 products; its quota is 1.'])
  })

  it('is text that no database can keep', () => {
    for (const title of ['a\0b', 'half a pair: \ud800']) {
      expect(planBetween({ after: withFlights({ title }) }).diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['text-not-storable'])
    }
  })
})

describe('a plan', () => {
  it('is frozen', () => {
    const plan = planBetween({ after: base })
    expect([plan, plan.stages, plan.stages[0], plan.stages[0]?.changes, plan.stages[0]?.changes[0]].every((part) => Object.isFrozen(part))).toBe(true)
  })

  it('has an equal fingerprint for equal inputs, and another for others', () => {
    const print = (of: Case): string => planBetween(of).fingerprint
    expect(print({ after: base })).toBe(print({ after: base }))
    expect(new Set([print({ after: base }), print({ after: withFlights({ title: 'x' }) }), print({ after: base, options: { prune: true } }), print({ before: base, after: base })]).size).toBe(4)
  })

  it('is made of kinds that all have a provider', () => {
    const known = embeddedProviders.map((provider) => provider.kind)
    expect(changesOf(planBetween({ after: base })).filter((change) => !known.includes(change.kind))).toEqual([])
  })
})
