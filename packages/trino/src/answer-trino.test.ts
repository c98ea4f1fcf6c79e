// What Trino is answered, operation by operation. Whatever is not reading, not known or not a question, is no.

import type { Json } from '@tulle/kernel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerTrino } from './answer-trino.ts'
import type { HeardAuthority, TestMesh } from './testing/policy-authority.ts'
import { policyAuthority } from './testing/policy-authority.ts'
import type { TriedSql } from './testing/try-in-engine.ts'
import { inEngineWords, tryInEngine } from './testing/try-in-engine.ts'
import { compilePolicy } from '@tulle/policy'
import type { Question } from './types.ts'

const person = (name: string, more: Partial<TestMesh['people'][number]> = {}): TestMesh['people'][number] => ({ id: `id-${name}`, name, kind: 'user', role: 'consumer', teams: [], ...more })
const COLUMNS = [{ name: 'id', type: 'long' }, { name: 'email', type: 'string', classification: 'personal' }, { name: 'city', type: 'string' }, { name: 'Wage', type: 'double', classification: 'secret' }]
const rule = (name: string, rest: Readonly<Record<string, Json>>): Json => ({ name, ...rest })
const policy = (name: string, ...rules: readonly Json[]) => ({ name, spec: { status: 'enforced', rules } })

const MESH: TestMesh = {
  secret: 's', purpose: 'care',
  people: [person('ana'), person('bo'), person('cy'), person('olga', { teams: ['owners'] })],
  products: ['guests', 'limited', 'keyed', 'closed'].map((name) => ({ id: `p-${name}`, name, domain: 'stay', team: 'owners' })),
  tables: { guests: [{ name: 'guests', columns: COLUMNS }], limited: [{ name: 'rooms', columns: COLUMNS }], keyed: [{ name: 'cards', columns: COLUMNS }, { name: 'gone', columns: COLUMNS }], closed: [{ name: 'files', columns: COLUMNS }] },
  grants: ['guests', 'limited', 'keyed'].flatMap((name) => ['ana', 'cy'].map((who) => ({ id: `${who}-${name}`, subjectKind: 'user' as const, subject: `id-${who}`, productId: `p-${name}`, columns: ['id', 'email', 'city'], purposes: ['care', 'study'] }))),
  policies: [
    policy('personal', rule('emails', { on: { products: ['guests'], classifications: ['personal'] }, mask: { kind: 'partial', first: 1, with: '*' }, except: { users: ['cy'] } }), rule('cities', { on: { products: ['guests'] }, to: { users: ['ana'] }, rows: { where: `city <> 'Oslo' AND wage > 10` } })),
    policy('limits', rule('few', { on: { products: ['limited'] }, limits: { rows: 10 } })),
    policy('keys', rule('hashed', { on: { products: ['keyed'], columns: ['email'] }, mask: { kind: 'hash' } }), rule('consent', { on: { products: ['keyed'], 'data-sets': ['gone'] }, rows: { consent: { 'data-set': 'guests.guests', column: 'id', where: 'city = city' } } })),
  ],
}

let authority: HeardAuthority
beforeAll(() => { authority = policyAuthority(MESH) })

type Resource = Readonly<Record<string, Json>>
const table = (schema: string, name: string, columns?: readonly string[], catalog = 'tulle'): Resource => ({ table: { catalogName: catalog, schemaName: schema, tableName: name, ...(columns !== undefined && { columns }) } })
const input = (user: string, action: Json, more: Resource = {}): Json => ({ input: { context: { identity: { user, groups: ['everybody'], ...more }, queryId: '20260101_000000_00001_abcde', softwareStack: { trinoVersion: '480' } }, action } })
async function ask(question: Question, body: Json): Promise<Json> {
  const answer = await answerTrino(authority, question, body)
  return answer.ok ? answer.value.result : (answer.diagnostics[0]?.code ?? null)
}
const may = (user: string, operation: string, resource?: Resource) => ask('allow', input(user, { operation, ...(resource !== undefined && { resource }) }))

describe('an operation', () => {
  it.each<readonly [user: string, operation: string, resource: Resource | undefined, allowed: boolean]>([
    ['ana', 'ExecuteQuery', undefined, true], ['nobody', 'ExecuteQuery', undefined, false], ['', 'ExecuteQuery', undefined, false],
    ['ana', 'AccessCatalog', { catalog: { name: 'tulle' } }, true], ['ana', 'AccessCatalog', { catalog: { name: 'system' } }, true], ['ana', 'AccessCatalog', { catalog: { name: 'hive' } }, false], ['ana', 'AccessCatalog', undefined, false],
    ['ana', 'ShowSchemas', { catalog: { name: 'tulle' } }, true], ['ana', 'FilterCatalogs', { catalog: { name: 'tpch' } }, false],
    ['ana', 'FilterSchemas', { schema: { catalogName: 'tulle', schemaName: 'guests' } }, true], ['bo', 'FilterSchemas', { schema: { catalogName: 'tulle', schemaName: 'guests' } }, false], ['bo', 'ShowTables', { schema: { catalogName: 'tulle', schemaName: 'information_schema' } }, true],
    ['ana', 'ShowTables', { schema: { catalogName: 'hive', schemaName: 'guests' } }, false],
    ['ana', 'FilterTables', table('guests', 'guests'), true], ['ana', 'FilterTables', table('closed', 'files'), false], ['ana', 'ShowColumns', table('guests', 'guests'), true], ['bo', 'ShowColumns', table('guests', 'guests'), false],
    ['ana', 'SelectFromColumns', table('guests', 'guests', ['id', 'email']), true], ['ana', 'SelectFromColumns', table('guests', 'guests', []), true], ['ana', 'SelectFromColumns', table('guests', 'guests', ['id', 'wage']), false], ['olga', 'SelectFromColumns', table('guests', 'guests', ['id', 'wage']), true],
    ['bo', 'SelectFromColumns', table('guests', 'guests', ['id']), false], ['ana', 'SelectFromColumns', table('GUESTS', 'Guests', ['ID']), true], ['ana', 'SelectFromColumns', table('guests', 'guests', ['id'], 'hive'), false],
    ['ana', 'SelectFromColumns', table('guests', 'guests$files', ['lower_bounds']), false], ['ana', 'SelectFromColumns', table('guests', 'nothing', ['id']), false], ['ana', 'SelectFromColumns', table('', 'guests', ['id']), false],
    ['bo', 'SelectFromColumns', table('information_schema', 'tables', ['table_name']), true], ['bo', 'SelectFromColumns', table('jdbc', 'tables', ['table_name'], 'system'), true], ['ana', 'SelectFromColumns', table('runtime', 'queries', ['query'], 'system'), false],
    ['ana', 'FilterColumns', table('guests', 'guests', ['email']), true], ['ana', 'FilterColumns', table('guests', 'guests', ['wage']), false],
    ['ana', 'ImpersonateUser', { user: { user: 'bo', groups: [] } }, false], ['ana', 'ImpersonateUser', { user: { user: 'ana+study' } }, true], ['ana', 'KillQueryOwnedBy', { user: { user: 'ana', groups: [] } }, true], ['ana', 'ViewQueryOwnedBy', { user: { user: 'bo' } }, false],
    ['ana', 'ExecuteFunction', { function: { catalogSchema: { catalogName: 'system', schemaName: 'builtin' }, functionName: 'lower' } }, true], ['ana', 'ExecuteFunction', { function: { catalogSchema: { catalogName: 'tulle', schemaName: 'system' }, functionName: 'table_changes' } }, false], ['ana', 'ExecuteFunction', undefined, false],
    ['olga', 'CreateTable', table('guests', 'more'), false], ['olga', 'InsertIntoTable', table('guests', 'guests'), false], ['olga', 'DeleteFromTable', table('guests', 'guests'), false], ['olga', 'DropTable', table('guests', 'guests'), false], ['olga', 'ShowCreateTable', table('guests', 'guests'), false],
    ['olga', 'CreateViewWithSelectFromColumns', table('guests', 'guests', ['id']), false], ['olga', 'ExecuteTableProcedure', { ...table('guests', 'guests'), function: 'optimize' } as unknown as Resource, false], ['ana', 'SetCatalogSessionProperty', { catalogSessionProperty: { catalogName: 'tulle', propertyName: 'a' } }, false],
    ['ana', 'SetSystemSessionProperty', { systemSessionProperty: { name: 'a' } }, false], ['ana', 'ReadSystemInformation', undefined, false], ['ana', 'GrantTablePrivilege', table('guests', 'guests'), false], ['ana', 'SomethingNew', table('guests', 'guests'), false], ['ana', 'constructor', undefined, false], ['ana', '__proto__', undefined, false],
  ])('%s: %s %j → %s', async (user, operation, resource, allowed) => {
    const answer = await may(user, operation, resource)
    expect(answer === true).toBe(allowed)
  })

  it.each(['RenameTable', 'RenameSchema', 'SetTableAuthorization', 'TruncateTable', 'UpdateTableColumns', 'CreateSchema', 'DropSchema', 'CreateCatalog', 'CreateMaterializedView', 'RefreshMaterializedView', 'AddColumn', 'SetTableProperties', 'CreateFunction', 'ExecuteProcedure', 'WriteSystemInformation'])('%s is open to nobody', async (operation) => {
    for (const user of ['ana', 'olga', '=tulle']) expect(await may(user, operation, table('guests', 'guests', ['id']))).toBe(false)
  })
})

describe('a table that Trino cannot serve', () => {
  it.each([['limited', 'rooms', 'counts no rows'], ['keyed', 'gone', 'another table']])('%s.%s is closed, and the audit says why', async (schema, name, why) => {
    expect(await may('ana', 'SelectFromColumns', table(schema, name, ['id']))).toBe(false)
    expect(authority.deeds.at(-1)).toMatchObject({ allowed: false, reasons: [expect.stringContaining(why)] })
    expect(await ask('rowFilters', input('ana', { operation: 'GetRowFilters', resource: table(schema, name) }))).toEqual([{ expression: 'false' }])
  })

  it('has no column whose mask holds a key, and all others', async () => {
    expect(await may('ana', 'SelectFromColumns', table('keyed', 'cards', ['id', 'city']))).toBe(true)
    expect(await may('ana', 'SelectFromColumns', table('keyed', 'cards', ['email']))).toBe(false)
    expect(authority.deeds.at(-1)?.reasons).toEqual([expect.stringContaining('sha256')])
    expect(await ask('batch', input('ana', { operation: 'FilterColumns', filterResources: [table('keyed', 'cards', ['city', 'email', 'id', 'wage'])] }))).toEqual([0, 2])
  })
})

describe('a list', () => {
  it('is answered by the places of what is seen', async () => {
    expect(await ask('batch', input('ana', { operation: 'FilterTables', filterResources: [table('closed', 'files'), table('guests', 'guests'), table('guests', 'nothing'), table('keyed', 'cards')] }))).toEqual([1, 3])
    expect(await ask('batch', input('ana', { operation: 'FilterCatalogs', filterResources: [{ catalog: { name: 'hive' } }, { catalog: { name: 'tulle' } }] }))).toEqual([1])
    expect(await ask('batch', input('ana', { operation: 'FilterSchemas', filterResources: ['closed', 'keyed', 'information_schema'].map((name) => ({ schema: { catalogName: 'tulle', schemaName: name } })) }))).toEqual([1, 2])
    expect(await ask('batch', input('nobody', { operation: 'FilterTables', filterResources: [table('guests', 'guests')] }))).toEqual([])
    expect(await ask('batch', input('ana', { operation: 'FilterSomething', filterResources: [table('guests', 'guests')] }))).toEqual([])
  })

  it('writes nothing down', async () => {
    const before = authority.deeds.length
    await ask('batch', input('bo', { operation: 'FilterTables', filterResources: [table('guests', 'guests')] }))
    await may('bo', 'FilterTables', table('guests', 'guests'))
    expect(authority.deeds.length).toBe(before)
  })
})

describe('rows and masks', () => {
  const filters = (user: string, of = table('guests', 'guests')) => ask('rowFilters', input(user, { operation: 'GetRowFilters', resource: of }))
  const column = (name: string, schema = 'guests', of = 'guests') => ({ column: { catalogName: 'tulle', schemaName: schema, tableName: of, columnName: name, columnType: 'varchar' } })
  const mask = (user: string, name: string) => ask('columnMask', input(user, { operation: 'GetColumnMask', resource: column(name) }))

  it('are said in Trino\'s SQL, in the name of nobody where they ask for what is not shown', async () => {
    expect(await filters('ana')).toEqual([{ expression: `(("city" <> 'Oslo') AND (("Wage" > 10) OR is_nan(CAST("Wage" AS DOUBLE))))`, identity: '=tulle' }])
    expect(await filters('cy')).toEqual([])
    expect(await mask('ana', 'email')).toEqual({ expression: `CASE WHEN (length("email") > 1) THEN (substr("email", 1, 1) || '*') WHEN ("email" IS NOT NULL) THEN '*' END`, identity: '=tulle' })
    expect(await mask('cy', 'email')).toBeNull()
    expect(await mask('ana', 'city')).toBeNull()
  })

  it('are nothing for whoever sees nothing, whatever Trino asked before', async () => {
    expect([await filters('bo'), await filters('nobody'), await filters('=tulle'), await filters('ana', table('guests', 'nothing')), await filters('ana', table('guests', 'guests', undefined, 'hive'))]).toEqual(Array.from({ length: 5 }, () => [{ expression: 'false' }]))
    expect([await mask('bo', 'id'), await mask('ana', 'wage'), await mask('=tulle', 'id'), await mask('ana', 'nothing')]).toEqual(Array.from({ length: 4 }, () => ({ expression: 'NULL' })))
    expect([await filters('bo', table('information_schema', 'tables')), await filters('bo', table('jdbc', 'columns', undefined, 'system'))]).toEqual([[], []])
  })

  it('come in one answer for a hundred columns', async () => {
    const many = [...Array.from({ length: 100 }, () => column('city')), column('email'), column('wage'), column('id', 'closed', 'files')]
    expect(await ask('batchColumnMasks', input('ana', { operation: 'GetColumnMask', filterResources: many }))).toEqual([
      { index: 100, viewExpression: { expression: expect.stringContaining('substr'), identity: '=tulle' } }, { index: 101, viewExpression: { expression: 'NULL' } }, { index: 102, viewExpression: { expression: 'NULL' } },
    ])
  })

  it('in the name of nobody open columns to expressions, and neither a query nor a row', async () => {
    expect(await may('=tulle', 'SelectFromColumns', table('guests', 'guests', ['wage']))).toBe(true)
    expect([await may('=tulle', 'ExecuteQuery'), await may('=tulle', 'AccessCatalog', { catalog: { name: 'tulle' } }), await may('ana', 'ImpersonateUser', { user: { user: '=tulle' } })]).toEqual([false, false, false])
  })
})

describe('a purpose', () => {
  it('stands behind the name, or in a credential; never in both otherwise', async () => {
    const select = (user: string, more: Resource = {}) => ask('allow', input(user, { operation: 'SelectFromColumns', resource: table('guests', 'guests', ['id']) }, more))
    expect([await select('ana+study'), await select('ana', { extraCredentials: { 'tulle.purpose': 'study' } }), await select('ana+study', { extraCredentials: { 'tulle.purpose': 'study' } })]).toEqual([true, true, true])
    expect([await select('ana+sale'), await select('ana', { extraCredentials: { 'tulle.purpose': 'sale' } }), await select('ana+study', { extraCredentials: { 'tulle.purpose': 'care' } })]).toEqual([false, false, false])
  })
})

describe('what is no question', () => {
  it.each<readonly [Question, Json]>([
    ['allow', null], ['allow', []], ['allow', {}], ['allow', { input: {} }], ['allow', { input: { context: { identity: {} }, action: { operation: 'ExecuteQuery' } } }], ['allow', input('ana', { operation: 5 })], ['allow', input('ana', { operation: '' })], ['allow', input('ana', { operation: 'SelectFromColumns', resource: { table: { catalogName: 'tulle' } } })],
    ['batch', input('ana', { operation: 'SelectFromColumns', filterResources: [table('guests', 'guests')] })], ['batch', input('ana', { operation: 'FilterColumns', filterResources: [table('guests', 'guests', ['id']), table('guests', 'guests', ['id'])] })], ['batch', input('ana', { operation: 'FilterColumns', filterResources: [{ catalog: { name: 'tulle' } }] })],
    ['rowFilters', input('ana', { operation: 'SelectFromColumns', resource: table('guests', 'guests') })], ['rowFilters', input('ana', { operation: 'GetRowFilters' })], ['columnMask', input('ana', { operation: 'GetColumnMask', resource: table('guests', 'guests') })], ['batchColumnMasks', input('ana', { operation: 'GetColumnMask', filterResources: [table('guests', 'guests')] })],
    ['allow', input('a'.repeat(2_000), { operation: 'ExecuteQuery' })],
  ])('%s %j is refused', async (question, body) => {
    expect(await ask(question, body)).toBe('trino-question-invalid')
  })
})

describe('the audit', () => {
  it('holds a line of each read and of each refusal, and gives nothing out where it cannot be written', async () => {
    await may('ana', 'SelectFromColumns', table('guests', 'guests', ['id', 'email']))
    expect(authority.deeds.at(-1)).toMatchObject({ user: 'ana', operation: 'SelectFromColumns', queryId: '20260101_000000_00001_abcde', allowed: true, reasons: [], table: { schema: 'guests', table: 'guests', columns: ['id', 'email'] }, seen: { rules: expect.arrayContaining(['policy personal.emails', 'policy personal.cities']) } })
    const broken: HeardAuthority = { ...authority, record: async () => ({ ok: false, diagnostics: [{ code: 'audit-unavailable', severity: 'error', message: 'The disk is full.' }] }) }
    expect((await answerTrino(broken, 'allow', input('ana', { operation: 'SelectFromColumns', resource: table('guests', 'guests', ['id']) }))).ok).toBe(false)
  })
})

// Whatever policies there are, Trino is told what every other port does, or less.
describe('the answers', () => {
  let engine: TriedSql
  beforeAll(async () => { engine = await tryInEngine() })
  afterAll(() => engine.close())
  const ROWS = `select * from (values (1::bigint, 'ada@x', 'Oslo', 5.0::double), (2, 'b', 'Rome', 'nan'::double), (3, NULL, 'Oslo', 50.0), (NULL, 'dora@y', NULL, NULL), (5, '', 'Bonn', 0)) t(id, email, city, "Wage")`
  const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
  const effects = one<Readonly<Record<string, Json>>>(
    { allow: true }, { deny: true }, { on: { columns: ['id'] }, deny: true }, { rows: { where: `city = 'Oslo' OR wage > 10` } }, { rows: { where: `NOT (email LIKE '%@%')` } }, { rows: { where: 'city = {subject.city}' } }, { rows: { where: 'city IN {subject.cities}' } }, { on: { columns: ['email'] }, mask: { kind: 'partial', last: 2 } }, { on: { columns: ['id', 'city'] }, mask: { kind: 'null' } },
    { on: { columns: ['Wage', 'id'] }, mask: { kind: 'round', nearest: 10 } }, { on: { columns: ['email'] }, mask: { kind: 'redact', pattern: '[a-z]+@' } }, { on: { columns: ['email'] }, mask: { kind: 'hash' } }, { on: { columns: ['city'] }, mask: { kind: 'custom', sql: `CASE WHEN wage > 10 THEN city ELSE 'hidden' END` } }, { on: { columns: ['city'] }, mask: { kind: 'constant', value: 'somewhere' } },
    { rows: { where: `jaccard(city, 'Oslo') > 0.5` } }, { limits: { rows: 5 } },
  )
  const meshes = fc.record({
    rules: fc.array(effects, { maxLength: 5 }),
    grants: fc.array(fc.record({ columns: fc.option(fc.subarray(['id', 'email', 'city', 'Wage'], { minLength: 1 }), { nil: undefined }), rowCondition: fc.option(one(`city = 'Rome'`, 'id > 1'), { nil: undefined }), unmasked: fc.option(fc.constant(['email']), { nil: undefined }) }), { maxLength: 2 }),
  })

  it('are the decision itself, or less', async () => {
    const seen = { whole: 0, less: 0, closed: 0 }
    await fc.assert(fc.asyncProperty(meshes, async ({ rules, grants }) => {
      const mesh: TestMesh = {
        ...MESH, people: [person('ana', { attributes: { city: 'Oslo', cities: ['Rome', 'Bonn'] } })],
        grants: grants.map((grant, i) => ({ id: `g${i}`, subjectKind: 'user', subject: 'id-ana', productId: 'p-guests', purposes: ['care'], ...Object.fromEntries(Object.entries(grant).filter(([, value]) => value !== undefined)) })),
        policies: [policy('p', ...rules.map((effect, i) => rule(`r${i}`, effect)))],
      }
      const mine = policyAuthority(mesh)
      const [ana] = mesh.people
      const answer = async (question: Question, action: Json): Promise<Json> => {
        const answered = await answerTrino(mine, question, input('ana', action))
        return answered.ok ? answered.value.result : null
      }
      const decision = ana === undefined ? undefined : compilePolicy(mesh).decide(ana, 'read', { product: MESH.products[0] ?? { id: '', name: '', domain: '', team: '' }, dataSet: { name: 'guests', columns: COLUMNS } }, 'care', { now: 0, environment: 'prod' })
      const visible = (await answer('batch', { operation: 'FilterColumns', filterResources: [table('guests', 'guests', COLUMNS.map(({ name }) => name))] }) as readonly number[]).map((i) => COLUMNS[i]?.name ?? '')
      const filter = await answer('rowFilters', { operation: 'GetRowFilters', resource: table('guests', 'guests') }) as readonly { readonly expression: string }[]
      const masks = await answer('batchColumnMasks', { operation: 'GetColumnMask', filterResources: COLUMNS.map(({ name, type }) => ({ column: { catalogName: 'tulle', schemaName: 'guests', tableName: 'guests', columnName: name.toLowerCase(), columnType: type } })) }) as readonly { readonly index: number; readonly viewExpression: { readonly expression: string } }[]
      if (decision?.effect !== 'allow' || visible.length === 0) {
        seen.closed += 1
        expect([visible, filter]).toEqual([[], [{ expression: 'false' }]])
        expect(masks.map(({ viewExpression: { expression } }) => expression)).toEqual(COLUMNS.map(() => 'NULL'))
        return
      }
      expect(decision.columns).toEqual(expect.arrayContaining(visible))
      seen[visible.length === decision.columns.length ? 'whole' : 'less'] += 1
      const printed = visible.map((name) => masks.find(({ index }) => COLUMNS[index]?.name === name)?.viewExpression.expression ?? `"${name}"`)
      const trino = await engine.rows(`select ${printed.map(inEngineWords).join(', ')} from (${ROWS}) where ${filter.map(({ expression }) => inEngineWords(expression)).join(' AND ') || 'true'} order by all`)
      const own = await engine.rows(`select ${visible.map((name) => decision.masks[name] ?? `"${name}"`).join(', ')} from (${ROWS}) where ${decision.rowFilter?.condition ?? 'true'} order by all`)
      expect(trino).toEqual(own)
    }), { numRuns: 150 })
    expect(Math.min(seen.whole, seen.less, seen.closed)).toBeGreaterThan(0)
  })
})
