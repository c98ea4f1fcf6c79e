// Apache Ranger's cases for Hive, put into our words: a database is a product, a table a data set, a group a team; an item of a
// policy is a rule for its users and one for its groups. What has no counterpart here is listed by name, with why.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@tulle/kernel'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from './compile-policy.ts'
import type { AppliedPolicy, CompiledPolicy, Decision, Resource, Subject } from './types.ts'

interface Elements { readonly database?: string; readonly table?: string; readonly column?: string; readonly url?: unknown; readonly hiveservice?: string }
interface Named { readonly values: readonly string[]; readonly isExcludes?: boolean }
interface Item { readonly accesses: readonly { readonly type: string }[]; readonly users: readonly string[]; readonly groups: readonly string[]; readonly dataMaskInfo?: { readonly dataMaskType: string }; readonly rowFilterInfo?: { readonly filterExpr: string } }
interface RangerPolicy {
  readonly id: number
  readonly policyType?: number
  readonly resources: Readonly<Partial<Record<keyof Elements, Named>>>
  readonly policyItems?: readonly Item[]
  readonly dataMaskPolicyItems?: readonly Item[]
  readonly rowFilterPolicyItems?: readonly Item[]
}
interface RangerCase {
  readonly name: string
  readonly request: { readonly resource: { readonly elements: Elements }; readonly accessType: string; readonly user: string; readonly userGroups: readonly string[] }
  readonly result?: { readonly isAllowed: boolean; readonly policyId: number }
  readonly dataMaskResult?: { readonly additionalInfo: { readonly maskType: string | null }; readonly policyId: number }
  readonly rowFilterResult?: { readonly additionalInfo: { readonly filterExpr: string | null }; readonly policyId: number }
}
interface Corpus { readonly policies: readonly RangerPolicy[]; readonly tests: readonly RangerCase[] }

const FOLDER = join(import.meta.dirname, '../../../../shared/corpora/ranger/policyengine')
const isThere = existsSync(FOLDER)
if (!isThere) console.warn("SKIPPED: Ranger's cases: the corpora are not on this machine.")
const read = (file: string): Corpus => (isThere ? (JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Corpus) : { policies: [], tests: [] })

const DDL = 'what a schema holds is declared and applied; by policy nobody creates or drops'
const FILES = 'addresses of files are no resource: files are read through data sets'
const OPERATIONS = 'running the service is a duty of roles'
const WITHIN = 'a column is one of a table'
const RANDOM = 'a mask gives the same value each time'
const ANY_WRITE = 'it is allowed by a right to create alone, and reading is what is asked here'
const NO_COUNTERPART: Readonly<Record<string, string>> = {
  "DENY 'create or write for org;' for john": DDL, "DENY 'create and write for org;' for john": DDL,
  "ALLOW 'read http://qe-s3-bucket-mst/test_abcd/abcd;' for user1": FILES, "ALLOW 'read s3a://qe-s3-bucket-mst/demo;' for user1": FILES, "ALLOW 'read s3a://qe-s3-bucket-mst/test_abcd/abcd;' for user1": FILES, "ALLOW 'read s3a://qe-s3-bucket-mst/test_abcd/abcd/non-existent;' for user1": FILES,
  "ALLOW 'any dummy/*/*;' for user1": ANY_WRITE, "ALLOW '_any access to demo1/demo_tbl1' for user1: show table test": ANY_WRITE,
  "DENY 'create table default.testtable1;' to user1": DDL, "DENY 'create table default.testtable1;' to user1/group1": DDL, "ALLOW 'create table default.testtable1;' to admin": DDL, "ALLOW 'create table default.testtable1;' to user1/admin": DDL,
  "DENY 'drop table default.testtable1;' to user1": DDL, "DENY 'drop table default.testtable1;' to user1/group1": DDL, "ALLOW 'drop table default.testtable1;' to admin": DDL, "ALLOW 'drop table default.testtable1;' to user1/admin": DDL,
  "DENY 'create table default.table1;' to user1": DDL, "DENY 'create table default.table1;' to user1/admin": DDL, "DENY 'drop table default.table1;' to user1": DDL, "DENY 'drop table default.table1;' to user1/admin": DDL,
  "DENY '_any access to db1/_/col1' for user1: table not specified but column was specified": WITHIN, "ALLOW 'kill_query' for user1 on any cluster": OPERATIONS,
  "'select ssn from employee.personal;' for user2 - maskType=SHUFFLE": RANDOM, "'select date_of_birth from hr.employee;' for user2 - maskType=SHUFFLE": RANDOM,
}

// Names that policies spell out and that requests ask for; patterns select among them.
function worldOf({ policies, tests }: Corpus): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const world = new Map<string, Map<string, Set<string>>>()
  const add = (database: string, table?: string, columns: readonly string[] = []): void => {
    const tables = world.get(database) ?? new Map<string, Set<string>>()
    world.set(database, tables)
    if (table !== undefined) tables.set(table, new Set([...(tables.get(table) ?? ['anything', 'location', 'dept']), ...columns]))
  }
  const plain = (named: Named | undefined): readonly string[] => named?.values.filter((value) => !value.includes('*')) ?? []
  for (const { resources } of policies) for (const database of plain(resources.database)) {
    add(database)
    for (const table of plain(resources.table)) add(database, table, plain(resources.column))
  }
  for (const { request: { resource: { elements: { database, table, column } } } } of tests) if (database !== undefined) add(database, table, column === undefined ? [] : [column])
  return new Map([...world].map(([database, tables]) => [database, new Map([...tables].map(([table, columns]) => [table, [...columns]]))]))
}

function selects(named: Named | undefined, name: string): boolean {
  const isNamed = named?.values.some((value) => new RegExp(`^${value.replaceAll('*', '.*')}$`, 'iu').test(name)) === true
  return named?.isExcludes === true ? !isNamed : isNamed
}

const MASK = (column: string): string => `regexp_replace(regexp_replace(regexp_replace(${column}, '[a-z]', 'x', 'g'), '[A-Z]', 'X', 'g'), '[0-9]', '0', 'g')`

/** Whom an item is for: Ranger means either, a rule means both. */
const subjectsOf = ({ users, groups }: Item): readonly Readonly<Record<string, Json>>[] =>
  groups.includes('public') ? [{}] : [...(users.length > 0 ? [{ to: { users } }] : []), ...(groups.length > 0 ? [{ to: { teams: groups } }] : [])]

function policyOf({ id, policyType = 0, resources, policyItems = [], dataMaskPolicyItems = [], rowFilterPolicyItems = [] }: RangerPolicy, world: ReturnType<typeof worldOf>): AppliedPolicy {
  const tables = [...world].filter(([database]) => selects(resources.database, database)).flatMap(([database, all]) => [...all].filter(([table]) => selects(resources.table, table)).map(([table, columns]) => ({ database, table, columns })))
  const items = [policyItems, dataMaskPolicyItems, rowFilterPolicyItems][policyType] ?? []
  const effects = (item: Item, columns: readonly string[]): readonly Readonly<Record<string, Json>>[] => {
    if (policyType === 0) return item.accesses.some(({ type }) => type === 'select' || type === 'all') ? [{ on: { columns }, allow: true }] : []
    if (policyType === 2) return [{ rows: { where: item.rowFilterInfo?.filterExpr ?? '' } }]
    return columns.flatMap((column): Readonly<Record<string, Json>>[] => (item.dataMaskInfo?.dataMaskType === 'MASK' ? [{ on: { columns: [column] }, mask: { kind: 'custom', sql: MASK(column) } }] : []))
  }
  const rules = tables.flatMap(({ database, table, columns }) => items.flatMap((item) => subjectsOf(item).flatMap((to) => effects(item, columns.filter((column) => selects(resources.column, column)))
    .map((effect) => ({ ...to, ...effect, on: { products: [database], 'data-sets': [table], ...(effect['on'] as object | undefined) } })))))
  return { name: `p${id}`, spec: { status: 'enforced', rules: rules.map((rule, i) => ({ name: `r${i}`, ...rule })) } as unknown as Json }
}

interface House { readonly policy: CompiledPolicy; readonly tables: ReadonlyMap<string, ReadonlyMap<string, Resource>> }
function houseOf(corpus: Corpus): House {
  const world = worldOf(corpus)
  const products = [...world.keys()].map((name) => ({ id: `id-${name}`, name, domain: 'hive', team: 'nobody' }))
  const tables = new Map(products.map((product) => [product.name, new Map([...(world.get(product.name) ?? [])].map(([name, columns]) => [name, { product, dataSet: { name, columns: columns.map((column) => ({ name: column, type: 'string' })) } }]))]))
  return { policy: compilePolicy({ grants: [], products, policies: corpus.policies.map((one) => policyOf(one, world)) }), tables }
}

const subjectOf = ({ user, userGroups }: RangerCase['request']): Subject => ({ id: user, name: user, kind: 'user', role: 'consumer', teams: userGroups })
const CONTEXT = { now: 0, environment: 'prod' }
/** The decisions that answer a request: of a table, or of all tables of a database. */
function decisionsOf({ policy, tables }: House, { request }: RangerCase): readonly Decision[] {
  const { database, table } = request.resource.elements
  if (database === undefined) return [policy.decide(subjectOf(request), 'describe', {}, undefined, CONTEXT)]
  const asked = [...(tables.get(database) ?? [])].filter(([name]) => table === undefined || name === table).map(([, resource]) => resource)
  return asked.map((resource) => policy.decide(subjectOf(request), 'read', resource, undefined, CONTEXT))
}
const decidedBy = (decision: Decision | undefined, id: number): boolean => decision?.reasons.some(({ rule }) => rule.startsWith(`policy p${id}.`)) === true

const access = read('test_policyengine_hive.json')
const values = read('test_policyengine_hive_mask_filter.json')
const mapped = ({ tests }: Corpus): readonly RangerCase[] => tests.filter(({ name }) => NO_COUNTERPART[name] === undefined)

describe.skipIf(!isThere)('Ranger\'s cases', () => {
  const house = houseOf(access)
  it.each(mapped(access).map((one) => [one.name, one] as const))('%s', (_, one) => {
    const { column } = one.request.resource.elements
    const allowing = decisionsOf(house, one).filter((decision) => decision.effect === 'allow' && (column === undefined || decision.columns.includes(column)))
    expect(allowing.length > 0).toBe(one.result?.isAllowed)
    // The same policy said so, where one was asked: everybody sees what databases there are.
    if (one.result?.isAllowed === true && one.request.resource.elements.database !== undefined) expect(allowing.some((decision) => decidedBy(decision, one.result?.policyId ?? 0))).toBe(true)
  })

  const masking = houseOf(values)
  it.each(mapped(values).map((one) => [`${one.name} (${one.rowFilterResult === undefined ? 'mask' : 'rows'})`, one] as const))('%s', (_, one) => {
    const [decision] = decisionsOf(masking, one)
    const { column = '' } = one.request.resource.elements
    if (decision?.effect !== 'allow') return expect.fail('it is denied')
    const { dataMaskResult: mask, rowFilterResult: rows } = one
    if (mask !== undefined) {
      expect(decision.masks[column]).toBe(mask.additionalInfo.maskType === null ? undefined : `TRY(CAST((${MASK(`"${column}"`)}) AS VARCHAR))`)
      expect(decidedBy(decision, mask.policyId)).toBe(mask.policyId !== -1)
    }
    if (rows !== undefined) {
      expect(decision.rowFilter?.condition).toBe(rows.additionalInfo.filterExpr === null ? undefined : `(${rows.additionalInfo.filterExpr.replace(/^(\w+)/u, '"$1"')})`)
      expect(decidedBy(decision, rows.policyId)).toBe(rows.policyId !== -1)
    }
  })

  it('are all here, but for those that have no counterpart', () => {
    const names = [...access.tests, ...values.tests].map(({ name }) => name)
    expect(Object.keys(NO_COUNTERPART).filter((name) => !names.includes(name))).toEqual([])
    expect([names.length, names.filter((name) => NO_COUNTERPART[name] !== undefined).length]).toEqual([64, 24])
  })

  it('would see a policy that is missing', () => {
    const without = houseOf({ ...access, policies: access.policies.filter(({ id }) => id !== 2) })
    const one = access.tests.find(({ name }) => name === "ALLOW 'select col1 from default.testtable;' to group1")
    expect(one === undefined ? [] : decisionsOf(without, one).map(({ effect }) => effect)).toEqual(['deny'])
  })
})
