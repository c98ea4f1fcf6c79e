// Policies as they are written, compiled and carried to a real engine: every mask on every type, filters with hostile values.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import type { AppliedPolicy, Grant, Subject } from '@tulle/policy'
import { compilePolicy } from '@tulle/policy'
import type { GatewayRig, TestTable } from './testing.ts'
import { column, gatewayRig } from './testing.ts'

const COLUMNS = [
  column('id', 'int', 1), column('text', 'string', 2), column('big', 'long', 3), column('day', 'date', 4), column('moment', 'timestamp', 5), column('utc', 'timestamptz', 6), column('price', 'decimal(9, 2)', 7),
  column('ratio', 'double', 8), column('ident', 'uuid', 9), column('flag', 'boolean', 10), column('tags', 'list<string>', 11),
]
const TABLES: readonly TestTable[] = [
  {
    product: 'people',
    dataSet: { name: 'people', columns: COLUMNS },
    query: `select i::int as id, ['ab', 'abcdef', '', null, 'x''y'][1 + i % 5] as text, (i * 1000003)::bigint as big, date '1980-05-17' + i::int as day, timestamp '1980-05-17 13:45:10' + interval (i) hour as moment,
      timestamptz '1980-05-17 13:45:10+00' as utc, (i * 7.77)::decimal(9, 2) as price, i * 1.5 as ratio, md5(i::varchar)::uuid as ident, i % 2 = 0 as flag, ['secret', 'list'] as tags from range(20) r(i)`,
  },
  { product: 'consents', dataSet: { name: 'consents', columns: [column('person', 'int', 1), column('given', 'boolean', 2), column('purpose', 'string', 3)] }, query: "select i::int as person, i % 3 = 0 as given, 'analysis' as purpose from range(20) r(i) union all select 1, true, 'sales'" },
]
const PRODUCTS = ['people', 'consents'].map((name) => ({ id: `id-${name}`, name, domain: 'test', team: 'owners' }))
const GRANT: Grant = { id: 'g', subjectKind: 'user', subject: 'id-ana', productId: 'id-people', purposes: ['analysis'] }

let rig: GatewayRig
beforeAll(async () => {
  rig = await gatewayRig({ tables: TABLES })
  rig.grant('ana', 'people')
})
afterAll(() => rig.close())

/** From now on the rig decides by these rules. */
function govern(rules: readonly Json[], { attributes = {}, grants = [GRANT] }: { readonly attributes?: Readonly<Record<string, Json>>; readonly grants?: readonly Grant[] } = {}): void {
  const policies: readonly AppliedPolicy[] = [{ name: 'p', spec: { status: 'enforced', rules } }]
  const compiled = compilePolicy({ grants, products: PRODUCTS, policies, secret: 'secret of the test' })
  rig.refine((subject: Subject, resource, purpose) => {
    const decision = compiled.decide({ ...subject, attributes }, 'read', resource, purpose, { now: Date.UTC(2026, 5, 1, 12), environment: 'test' })
    // The rig refines what is allowed; a denial is shown as no row.
    return decision.effect === 'allow' ? decision : { rowFilter: { condition: 'false', reads: [] } }
  })
}

const signal = new AbortController().signal
async function rows(sql: string): Promise<readonly Json[] | string> {
  const prepared = await rig.governor.prepare(rig.who('ana'), sql, 'sql')
  if (!prepared.ok) return prepared.diagnostics.map(({ message }) => message).join(' ')
  const opened = await prepared.value.open({ parameters: [], encoding: { kind: 'ndjson' }, signal })
  if (!opened.ok) return opened.diagnostics.map(({ message }) => message).join(' ')
  const batch = await opened.value.fetch(1_000, signal)
  await opened.value.close()
  if (!batch.ok) return batch.diagnostics.map(({ message }) => message).join(' ')
  return Buffer.from(batch.value.bytes).toString('utf8').split('\n').filter((line) => line !== '').map((line) => Object.values(JSON.parse(line) as Record<string, Json>)[0] ?? null)
}
const masked = async (name: string, mask: Json): Promise<unknown> => {
  govern([{ name: 'r', on: { columns: [name] }, mask }])
  return rows(`select ${name} from people.people order by id limit 5`)
}

describe('a mask in the engine', () => {
  it.each<[string, Json, readonly unknown[]]>([
    ['text', { kind: 'partial', first: 1, last: 1 }, ['***', 'a***f', '***', null, 'x***y']],
    ['text', { kind: 'redact', pattern: '[a-c]', with: '\\0' }, ['00', '000def', '', null, "x'y"]],
    ['text', { kind: 'constant', value: "it's" }, ["it's", "it's", "it's", "it's", "it's"]],
    ['text', { kind: 'custom', sql: "upper(text) || '?'" }, ['AB?', 'ABCDEF?', '?', null, "X'Y?"]],
    ['day', { kind: 'truncate', to: 'year' }, ['1980-01-01', '1980-01-01', '1980-01-01', '1980-01-01', '1980-01-01']],
    ['price', { kind: 'round', nearest: 10 }, [0, 10, 20, 20, 30].map((n) => n.toFixed(2))],
    ['ratio', { kind: 'round', nearest: 5 }, [0, 0, 5, 5, 5]],
    ['big', { kind: 'round', nearest: 1000000 }, [0, 1000000, 2000000, 3000000, 4000000]],
    // A value that the declared type cannot hold is null, not an error that tells of it.
    ['id', { kind: 'custom', sql: "case when id < 19 then 'no number' else '7' end" }, [7, null, null, null, null]],
    ['big', { kind: 'custom', sql: 'big * 9000000000000000000' }, [0, null, null, null, null]],
    ['flag', { kind: 'constant', value: false }, [false, false, false, false, false]],
    ['tags', { kind: 'hash' }, [null, null, null, null, null]],
  ])('of %s: %j', async (name, mask, expected) => {
    const answer = await masked(name, mask)
    expect(Array.isArray(answer) ? answer.map((value) => (typeof expected[0] === 'string' && typeof value === 'number' ? value.toFixed(2) : value)) : answer).toEqual(expected)
  })

  it('null hides every type', async () => {
    govern([{ name: 'r', on: { columns: COLUMNS.map(({ name }) => name) }, mask: { kind: 'null' } }])
    for (const { name } of COLUMNS) expect(await rows(`select ${name} from people.people limit 2`), name).toEqual([null, null])
  })

  it('hash keeps what is equal equal, and what is null null', async () => {
    for (const name of ['text', 'big', 'ident']) {
      govern([{ name: 'r', on: { columns: [name] }, mask: { kind: 'hash' } }])
      const plain = await rows(`select count(distinct ${name}) from people.people`)
      const hashed = (await rows(`select distinct ${name} from people.people where ${name} is not null`)) as readonly Json[]
      rig.refine(() => ({}))
      expect([hashed.length], name).toEqual(plain)
      const raw = new Set((await rows(`select ${name} from people.people`)) as readonly Json[])
      expect(hashed.filter((value) => raw.has(value)), name).toEqual([])
    }
  })

  it('truncates timestamps to the unit', async () => {
    expect(await masked('moment', { kind: 'truncate', to: 'day' })).toEqual(Array.from({ length: 5 }, () => expect.stringMatching(/^1980-05-17[ T]00:00:00/u) as string))
    expect(await masked('utc', { kind: 'truncate', to: 'month' })).toEqual(Array.from({ length: 5 }, () => expect.stringMatching(/^1980-05-01[ T]00:00:00/u) as string))
  })
})

describe('a filter in the engine', () => {
  const HOSTILE = ["x' or '1'='1", "'", "''; drop table people; --", '") or true --', '\\', "ab' --", '{purpose}', '*/ or true /*']
  it('takes an attribute as nothing but a value', async () => {
    for (const text of HOSTILE) {
      for (const where of ['text = {subject.name_of}', 'text in {subject.name_of}', "text = {subject.name_of} or text = {subject.name_of} || '!'"]) {
        govern([{ name: 'r', rows: { where } }], { attributes: { name_of: text } })
        expect(await rows('select id from people.people'), `${where} ${text}`).toEqual([])
      }
    }
    govern([{ name: 'r', rows: { where: 'text in {subject.name_of}' } }], { attributes: { name_of: ["x'y", 'ab'] } })
    expect(await rows('select id from people.people order by id')).toEqual([0, 4, 5, 9, 10, 14, 15, 19])
  })

  it('reads consents for the purpose, and for no other', async () => {
    govern([{ name: 'r', rows: { consent: { 'data-set': 'consents.consents', column: 'id', matches: 'person', where: 'given and purpose = {purpose}' } } }])
    expect(await rows('select id from people.people order by id')).toEqual([0, 3, 6, 9, 12, 15, 18])
  })

  it('joins several grants cell by cell', async () => {
    govern([{ name: 'r', on: { columns: ['text'] }, mask: { kind: 'null' } }], {
      grants: [{ ...GRANT, columns: ['id', 'text'], rowCondition: 'id < 4' }, { ...GRANT, id: 'h', columns: ['id', 'day'], rowCondition: 'id in (1, 9)' }, { ...GRANT, id: 'i', columns: ['text'], rowCondition: 'id = 1', unmasked: ['text'] }],
    })
    expect(await rows('select [id::varchar, text, day::varchar] from people.people order by id')).toEqual([['0', null, null], ['1', 'abcdef', '1980-05-18'], ['2', null, null], ['3', null, null], ['9', null, '1980-05-26']])
  })
})
