// A statement and what changed of the tables that it reads to two statements: the rows of its result that are touched, as they were
// and as they are. What is not understood to the end is refused with the clause and the remedy, and never guessed. Pure. Why
// this is right stands in docs/decisions/078.

import type { Tree, TreeNode } from '@tulle/sql'
import type { TableName } from '../types.ts'
import { nodeOf, nodesOf, textOf, textsOf } from '../statement/node.ts'
import { calls, column, compare, conjuncts, derived, everyNode, has, isSameTree, or, relationsIn, replaced, selectOf, star } from '../provenance/build-tree.ts'
import { normalForm } from '../provenance/normal-form.ts'
import type { NormalForm } from '../provenance/normal-form.ts'
import { Refused } from '../provenance/types.ts'
import type { FromTree, Item, Query, RefusalCode, Select, SetOperation } from '../provenance/types.ts'
import { checkDeterminism } from './determinism.ts'
import { Obstructed } from './types.ts'
import { rangeOf } from './range-of.ts'
import type { ChangedRows, ChangeOptions, Narrowing, Obstacle } from './types.ts'

type Side = 'was' | 'is'
const SIDES: readonly Side[] = ['was', 'is']
const DELTA = { was: 'gone', is: 'come' } as const

/** More than any statement that a person wrote. */
const MOST_STEPS = 200

export function changedRows(model: Tree, options: ChangeOptions): ChangedRows | ({ readonly kind: 'refused' } & Obstacle) {
  const top = nodeOf(model.statements[0]?.['node'])
  try {
    if (top === undefined || model.statements.length !== 1) throw new Obstructed('it is not one statement', 'write it as one SELECT')
    checkDeterminism(top)
    const form = normalForm(top, { columnsOf: options.columnsOf, versionOf: () => undefined })
    const changes = new Changes(form, options)
    const [was, is] = SIDES.map((side) => changes.statement(side)) as [TreeNode, TreeNode]
    return { kind: 'by-changes', reads: changes.reads(), was, is, narrowings: changes.narrowings }
  } catch (error) {
    if (error instanceof Obstructed) return { kind: 'refused', ...error.obstacle }
    if (error instanceof Refused) return { kind: 'refused', clause: error.message, remedy: 'say it in other words, or leave "refresh" out', ...(UNKNOWN.has(error.code) && { isUnknown: true }) }
    throw error
  }
}

const UNKNOWN: ReadonlySet<RefusalCode> = new Set(['unknown-column', 'unknown-columns'])

/** What is touched of a FROM: the relations to read, and what else has to hold. `few`: only rows that changed are looked at. */
interface Touched { readonly from: TreeNode; readonly where: readonly TreeNode[]; readonly few: boolean }

class Changes {
  readonly #form: NormalForm
  readonly #options: ChangeOptions
  readonly #items = new Map<string, Item>()
  readonly #withQueries = new Set<string>()
  /** Those that something reads. */
  readonly #reached = new Set<string>()
  /** WITH queries of what is touched, needed ones first. */
  readonly #entries: TreeNode[] = []
  readonly #named = new Map<Query, string>()
  readonly narrowings: Narrowing[] = []
  /** Those of which the rows that are touched are found without looking at all rows of a table that can be narrowed. */
  readonly #few = new Set<Query>()
  readonly #partners = new Map<FromTree, Narrowing>()
  #steps = 0

  constructor(form: NormalForm, options: ChangeOptions) {
    this.#form = form
    this.#options = options
    for (const entry of nodesOf(form.withQueries['map'])) this.#withQueries.add(textOf(entry['key']))
    for (const node of everyNode([form.query.node, ...nodesOf(form.withQueries['map'])])) {
      if (node['class'] === 'SUBQUERY') throw new Obstructed('a query within an expression (IN, EXISTS or a single value)', 'join it: SEMI JOIN for IN and EXISTS, LEFT JOIN for a value')
    }
    this.#collect(form.query)
  }

  reads(): readonly TableName[] {
    const found = new Map([...this.#items.values()].flatMap(({ table }) => (table === undefined ? [] : [[`${table.schema}.${table.name}`, table] as const])))
    return [...found.values()]
  }

  statement(side: Side): TreeNode {
    const { query } = this.#form
    const name = this.#touched(query)
    const read = selectOf([star('changed')], reading(`${name} (${side})`, 'changed'), [])
    return { node: { ...read, cte_map: { map: [...this.#whole(), ...this.#entries] } }, named_param_map: [] }
  }

  /** WITH queries of the statement, wholly, of both versions. */
  #whole(): readonly TreeNode[] {
    return SIDES.flatMap((one) => nodesOf(this.#form.withQueries['map']).filter((entry) => this.#reached.has(textOf(entry['key']))).map((entry) => this.#entryAt(entry, one)))
  }

  /** Every relation of the statement by its name, which is its own. */
  #collect(query: Query): void {
    if (query.kind === 'recursion' || query.kind === 'self') throw new Obstructed('a recursive WITH query', 'unroll it to as many steps as there are')
    if (query.kind === 'set') {
      this.#collect(query.left)
      this.#collect(query.right)
      return
    }
    for (const item of query.from === undefined ? [] : itemsOf(query.from)) {
      if (this.#items.has(item.alias)) continue
      if (item.passed !== undefined) throw new Obstructed('PIVOT or UNPIVOT', 'write the columns out: one aggregate with FILTER for each, or UNION ALL')
      this.#items.set(item.alias, item)
      this.#reached.add(textOf(item.node['table_name']))
      if (item.query !== undefined) this.#collect(item.query)
    }
  }

  #entryAt(entry: TreeNode, side: Side): TreeNode {
    const value = nodeOf(entry['value']) ?? {}
    const query = nodeOf(value['query']) ?? {}
    return { ...entry, key: `${textOf(entry['key'])} (all ${side})`, value: { ...value, query: { ...query, node: this.#at(nodeOf(query['node']) ?? {}, side) } } }
  }

  /** A part of the statement as it reads the tables of one version. */
  #at(node: TreeNode, side: Side): TreeNode {
    return replaced(node, (one) => {
      if (one['type'] !== 'BASE_TABLE') return undefined
      const item = this.#items.get(textOf(one['alias']))
      if (item?.table !== undefined) return { ...one, ...addressed(this.#options.addressOf(item.table, side)) }
      return this.#withQueries.has(textOf(one['table_name'])) ? { ...one, table_name: `${textOf(one['table_name'])} (all ${side})` } : undefined
    }) as TreeNode
  }

  /** The name of a WITH query for each version: rows of the query that are touched. */
  #touched(query: Query): string {
    const known = this.#named.get(query)
    if (known !== undefined) return known
    this.#steps += 1
    if (this.#steps > MOST_STEPS) throw new Obstructed('it is too large', 'split it into several data sets')
    const nodes = query.kind === 'select' ? this.#ofSelect(query) : query.kind === 'set' ? this.#ofSet(query) : undefined
    if (nodes === undefined) throw new Obstructed('a recursive WITH query', 'unroll it to as many steps as there are')
    const name = `touched ${this.#named.size + 1}`
    this.#named.set(query, name)
    for (const side of SIDES) this.#entries.push(withQuery(`${name} (${side})`, query.names, nodes[side]))
    return name
  }

  #ofSet(query: SetOperation): Readonly<Record<Side, TreeNode>> {
    if (!query.isUnion || query.node['setop_all'] !== true) throw new Obstructed('UNION without ALL, INTERSECT or EXCEPT', 'write UNION ALL, and group by the key above it')
    refuseLimit(query)
    const [left, right] = [this.#touched(query.left), this.#touched(query.right)]
    if (this.#few.has(query.left) && this.#few.has(query.right)) this.#few.add(query)
    const read = (name: string, side: Side): TreeNode => selectOf([star('part')], reading(`${name} (${side})`, 'part'), [])
    return both((side) => ({ ...query.node, modifiers: [], left: read(left, side), right: read(right, side) }))
  }

  #ofSelect(query: Select): Readonly<Record<Side, TreeNode>> {
    const { from, isAggregated, keys, computed, node, distinctOn, outputs } = query
    refuseLimit(query)
    const plain = (side: Side, touched: Touched | undefined): TreeNode => ({ ...(touched === undefined ? this.#at(node, side) : { ...node, from_table: touched.from, where_clause: andOf(touched.where) }), modifiers: withoutOrder(node) })
    if (from === undefined) return both((side) => ({ ...plain(side, undefined), where_clause: NEVER }))
    if (distinctOn.length > 0) throw new Obstructed('DISTINCT ON', 'write QUALIFY row_number() OVER (PARTITION BY … ORDER BY …) = 1')
    const touched = both((side) => this.#from(query, from, side))
    const isDistinct = nodesOf(node['modifiers']).some((one) => one['type'] === 'DISTINCT_MODIFIER')
    const windows = computed.flatMap(windowsIn)
    if (isAggregated) {
      if (windows.length > 0) throw new Obstructed('a window function over groups', 'group in a WITH query, and write the window above it')
      if (isDistinct) throw new Obstructed('DISTINCT over groups', 'group by the columns that are to be distinct')
      if (nodesOf(node['group_expressions']).length > keys.length) throw new Obstructed('GROUPING SETS, ROLLUP or CUBE', 'write one GROUP BY for each, with UNION ALL')
      if (keys.length === 0) return this.#wholly(query, touched)
      return this.#byValues(query, from, touched, keys)
    }
    if (windows.length > 0) {
      if (isDistinct) throw new Obstructed('DISTINCT over a window function', 'write the window in a WITH query, and DISTINCT above it')
      if (outputs.some(({ value }) => calls(value, 'unnest'))) throw new Obstructed('unnest beside a window function', 'unnest in a WITH query, and write the window above it')
      const [first = []] = windows.map((one) => nodesOf(one['partitions']))
      const shared = first.filter((key) => windows.every((one) => nodesOf(one['partitions']).some((other) => isSameTree(other, key))))
      if (shared.length === 0) throw new Obstructed('a window function without PARTITION BY, or several that share no part of it', 'partition by what the rows are looked up by')
      return this.#byValues(query, from, touched, shared)
    }
    if (isDistinct) {
      if (outputs.some(({ value }) => calls(value, 'unnest'))) throw new Obstructed('DISTINCT beside unnest', 'unnest in a WITH query, and write DISTINCT above it')
      return this.#byValues(query, from, touched, outputs.map(({ value }) => value))
    }
    if (touched.was.few) this.#few.add(query)
    return both((side) => plain(side, touched[side]))
  }

  /** Where any row of what it is made of is touched, all of it is. */
  #wholly({ node, names }: Select, touched: Readonly<Record<Side, Touched>>): Readonly<Record<Side, TreeNode>> {
    const some = this.#keep('made of', ['one'], touched, [ONE])
    return both((side) => selectOf(names.map((name) => column(['all', name])), derived({ ...this.#at(node, side), modifiers: withoutOrder(node) }, 'all'), [exists(selectOf([ONE], reading(some, 'some'), []))]))
  }

  /** Rows whose values (of a group, of a partition) touched rows have, before or after. */
  #byValues(query: Select, from: FromTree, touched: Readonly<Record<Side, Touched>>, values: readonly TreeNode[]): Readonly<Record<Side, TreeNode>> {
    const { node, where } = query
    const names = values.map((_, i) => `k${i}`)
    const some = this.#keep('values', names, touched, values)
    const among = exists(selectOf([ONE], reading(some, 'some'), values.map((value, i) => same(column(['some', `k${i}`]), { ...value, alias: '' }))))
    const narrowed = touched.was.few ? this.#narrowing(from, some, values) : undefined
    if (narrowed !== undefined) this.#few.add(query)
    return both((side) => ({ ...this.#at(node, side), from_table: this.#narrowed(from, side, { some, values, narrowed }), where_clause: andOf([...where, among]), modifiers: nodesOf(node['modifiers']).filter((one) => one['type'] === 'DISTINCT_MODIFIER') }))
  }

  /** The first relation, if it is a table, by those of the values that it has itself: what cannot be among them need not be joined. */
  #narrowed(from: FromTree, side: Side, { some, values, narrowed }: { readonly some: string; readonly values: readonly TreeNode[]; readonly narrowed: Narrowing | undefined }): TreeNode {
    const node = this.#at(from.node, side)
    const [first] = itemsOf(from)
    if (first?.table === undefined) return node
    const own = values.flatMap((value, i) => (isOf(value, first) ? [same(column(['some', `k${i}`]), { ...value, alias: '' })] : []))
    const table = narrowed === undefined ? {} : addressed(this.#options.addressOf(narrowed.table, side, narrowed.number))
    const only = (one: TreeNode): TreeNode => (from.kind === 'item' || own.length === 0 ? { ...one, ...table } : derived(selectOf([star(first.alias)], { ...one, ...table }, [exists(selectOf([ONE], reading(some, 'some'), own))]), first.alias))
    return replaced(node, (one) => (one['alias'] === first.alias && one['type'] === 'BASE_TABLE' ? only(one) : undefined)) as TreeNode
  }

  /** The first relation, if it is a table, and the values say in which ranges its columns are. */
  #narrowing(from: FromTree, some: string, values: readonly TreeNode[]): Narrowing | undefined {
    const [first] = itemsOf(from)
    const table = first?.table
    if (first === undefined || table === undefined) return undefined
    const found = values.flatMap((value, i) => {
      const range = isOf(value, first) ? rangeOf(value, column(['some', `k${i}`])) : undefined
      return range === undefined ? [] : [range]
    })
    if (found.length === 0) return undefined
    const list = found.flatMap(({ least, most }, i) => [{ ...least, alias: `least${i}` }, { ...most, alias: `most${i}` }])
    const ranges = { node: { ...selectOf(list, reading(some, 'some'), []), cte_map: { map: [...this.#whole(), ...this.#entries] } }, named_param_map: [] }
    const narrowing = { table, number: this.narrowings.length, columns: found.map(({ name }) => ({ name })), ranges }
    this.narrowings.push(narrowing)
    return narrowing
  }

  /** What touched rows of both versions say, each once, under a name. */
  #keep(called: string, names: readonly string[], touched: Readonly<Record<Side, Touched>>, values: readonly TreeNode[]): string {
    const name = `${called} ${this.#entries.length}`
    const list = values.map((value, i) => ({ ...value, alias: names[i] ?? '' }))
    const [left, right] = SIDES.map((side) => selectOf(list, touched[side].from, touched[side].where)) as [TreeNode, TreeNode]
    this.#entries.push(withQuery(name, names, union(left, right)))
    return name
  }

  #from({ where }: Select, from: FromTree, side: Side): Touched {
    if (from.kind === 'item') return { from: this.#delta(from.item, side), where: this.#isConstant(from.item) ? [...where, NEVER] : where, few: this.#isFew(from.item) }
    // Where one relation alone changed, and no row of it can be missing beside the others, its rows that changed stand in for it.
    const changing = itemsOf(from).filter((item) => !this.#isStill(item))
    const [only] = changing
    if (changing.length === 1 && only !== undefined && isFirst(from, only)) {
      this.#conditions(from)
      return { from: replaced(this.#at(from.node, side), (node) => (node['alias'] === only.alias && (node['type'] === 'BASE_TABLE' || node['type'] === 'SUBQUERY') ? this.#delta(only, side) : undefined)) as TreeNode, where, few: this.#isFew(only) }
    }
    const conditions = this.#conditions(from)
    const narrowed = this.#partnersOf(from, changing)
    if (narrowed !== undefined) return { from: this.#withFirst(from, side, narrowed), where: [...where, or(conditions) ?? NEVER], few: true }
    return { from: this.#at(from.node, side), where: [...where, or(conditions) ?? NEVER], few: false }
  }

  /** Where one relation alone changed that the first one is joined to by a column: rows of the first that have one of its values. */
  #partnersOf(from: FromTree, changing: readonly Item[]): Narrowing | undefined {
    const [[first], [only, ...others]] = [itemsOf(from), changing]
    if (first?.table === undefined || only?.table === undefined || others.length > 0) return undefined
    const known = this.#partners.get(from)
    if (known !== undefined) return known
    for (const condition of onOf(from, only)) {
      const pair = condition['type'] === 'COMPARE_EQUAL' ? [textsOf(nodeOf(condition['left'])?.['column_names']), textsOf(nodeOf(condition['right'])?.['column_names'])] : []
      const [own, other] = [first.alias, only.alias].map((alias) => pair.find(([relation, ...more]) => relation === alias && more.length === 1)?.[1])
      if (own === undefined || other === undefined) continue
      const [left, right] = this.#bothDeltas(only).map((delta) => selectOf(['least0', 'most0'].map((alias) => ({ ...column([only.alias, other]), alias })), delta, [])) as [TreeNode, TreeNode]
      const ranges = { node: union(left, right), named_param_map: [] }
      const narrowing = { table: first.table, number: this.narrowings.length, columns: [{ name: own, like: { table: only.table, name: other } }], ranges }
      this.narrowings.push(narrowing)
      this.#partners.set(from, narrowing)
      return narrowing
    }
    return undefined
  }

  #withFirst(from: FromTree, side: Side, { table, number }: Narrowing): TreeNode {
    const [first] = itemsOf(from)
    return replaced(this.#at(from.node, side), (node) => (node['type'] === 'BASE_TABLE' && node['alias'] === first?.alias ? { ...node, ...addressed(this.#options.addressOf(table, side, number)) } : undefined)) as TreeNode
  }

  #isFew = ({ table, query }: Item): boolean => table !== undefined || query === undefined || this.#few.has(query)

  /** The rows that one version alone has, under the relation's own name. */
  #delta(item: Item, side: Side): TreeNode {
    if (item.table !== undefined) return { ...item.node, ...addressed(this.#options.addressOf(item.table, DELTA[side])) }
    return item.query === undefined ? item.node : this.#read(item, item.query, side)
  }

  #read(item: Item, query: Query, side: Side): TreeNode {
    return { ...reading(`${this.#touched(query)} (${side})`, item.alias), column_name_alias: item.names }
  }

  /** It gives the same rows always, or the same for the same row of what stands to its left. */
  #isConstant = ({ table, query }: Item): boolean => table === undefined && query === undefined

  /** None of its rows changed. */
  #isStill(item: Item): boolean {
    if (item.table !== undefined) return this.#options.isUnchanged?.(item.table) === true
    return item.query === undefined || this.#isStillQuery(item.query)
  }

  #isStillQuery(query: Query): boolean {
    if (query.kind === 'set') return this.#isStillQuery(query.left) && this.#isStillQuery(query.right)
    return query.kind === 'select' && (query.from === undefined || itemsOf(query.from).every((item) => this.#isStill(item)))
  }

  /** Of which of them a joined row is touched if one of them holds: each looks at one relation alone. */
  #conditions(tree: FromTree): readonly TreeNode[] {
    if (tree.kind === 'item') return this.#isStill(tree.item) ? [] : [this.#isAmong(tree.item)]
    const { join, left, right, on } = tree
    if (join === 'RIGHT' || join === 'FULL' || join === 'ASOF' || join === 'POSITIONAL') throw new Obstructed(`a ${join} JOIN`, join === 'RIGHT' ? 'write it as a LEFT JOIN, the other way round' : 'use JOIN or LEFT JOIN')
    const before = this.#conditions(left)
    if (right.kind === 'join') {
      if (join !== 'INNER' || !isInner(right)) throw new Obstructed('a join within a join', 'write the joins one after the other')
      return [...before, ...this.#conditions(right)]
    }
    const { item } = right
    if (this.#isConstant(item)) return before
    const lefts = new Set(itemsOf(left).map(({ alias }) => alias))
    if (item.query !== undefined && [...relationsIn(item.query.node)].some((name) => lefts.has(name))) throw new Obstructed('a LATERAL query', 'group in a WITH query, and join it')
    if (this.#isStill(item)) return before
    if (join === 'INNER' && on.length === 0) return [...before, this.#isAmong(item)]
    return [...before, ...this.#bothDeltas(item).map((delta) => exists(selectOf([ONE], delta, on)))]
  }

  #bothDeltas = (item: Item): readonly TreeNode[] => SIDES.map((side) => this.#delta(item, side))

  /** A row of the relation is one of those that changed, or looks like one. */
  #isAmong(item: Item): TreeNode {
    const key = item.table === undefined ? undefined : this.#options.keyOf?.(item.table)
    const names = key === undefined || key.length === 0 || !key.every((name) => item.names.includes(name)) ? item.names : key
    return or(this.#bothDeltas(item).map((delta) => {
      const own = { ...delta, alias: 'changed' }
      return exists(selectOf([ONE], own, names.map((name) => same(column(['changed', name]), column([item.alias, name])))))
    })) ?? NEVER
  }
}

const ONE: TreeNode = { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value: { type: { id: 'BOOLEAN', type_info: null }, is_null: false, value: true } }
const NEVER: TreeNode = { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value: { type: { id: 'BOOLEAN', type_info: null }, is_null: false, value: false } }

const both = <T>(of: (side: Side) => T): Readonly<Record<Side, T>> => ({ was: of('was'), is: of('is') })
const addressed = ({ schema, name }: TableName): TreeNode => ({ schema_name: schema, table_name: name })
const reading = (name: string, alias: string): TreeNode => ({ type: 'BASE_TABLE', alias, sample: null, schema_name: '', table_name: name, column_name_alias: [], catalog_name: '', at_clause: null })
const exists = (query: TreeNode): TreeNode => ({ class: 'SUBQUERY', type: 'SUBQUERY', alias: '', subquery_type: 'EXISTS', comparison_type: 'INVALID', child: null, subquery: { node: query, named_param_map: [] } })
/** NULL is the same as NULL. */
const same = (left: TreeNode, right: TreeNode): TreeNode => compare('COMPARE_NOT_DISTINCT_FROM', left, right)
const andOf = (all: readonly TreeNode[]): TreeNode | null => (all.length > 1 ? { class: 'CONJUNCTION', type: 'CONJUNCTION_AND', alias: '', children: all } : all[0] ?? null)
const withQuery = (key: string, aliases: readonly string[], node: TreeNode): TreeNode => ({ key, value: { aliases, query: { node, named_param_map: [] }, materialized: 'CTE_MATERIALIZE_DEFAULT', key_targets: [] } })

const union = (left: TreeNode, right: TreeNode): TreeNode => ({ type: 'SET_OPERATION_NODE', modifiers: [], cte_map: { map: [] }, setop_type: 'UNION', left, right, setop_all: false })

/** Conditions that hold together where a relation is joined to those before it. */
const onOf = (tree: FromTree, item: Item): readonly TreeNode[] =>
  (tree.kind === 'item' ? [] : tree.right.kind === 'item' && tree.right.item === item ? tree.on.flatMap(conjuncts) : [...onOf(tree.left, item), ...onOf(tree.right, item)])

const withoutOrder = (node: TreeNode): readonly TreeNode[] => nodesOf(node['modifiers']).filter((one) => one['type'] !== 'ORDER_MODIFIER')
const itemsOf = (tree: FromTree): readonly Item[] => (tree.kind === 'item' ? [tree.item] : [...itemsOf(tree.left), ...itemsOf(tree.right)])
const isInner = (tree: FromTree): boolean => tree.kind === 'item' || (tree.join === 'INNER' && isInner(tree.left) && isInner(tree.right))

/** Whether a relation is the first one, or joined to it with all others by INNER JOINs alone: a row of the result has a row of it. */
const isFirst = (tree: FromTree, item: Item): boolean => (tree.kind === 'item' ? tree.item === item : isFirst(tree.left, item) ? tree.join === 'INNER' || tree.join === 'LEFT' || tree.join === 'SEMI' || tree.join === 'ANTI' : tree.join === 'INNER' && isFirst(tree.right, item))

/** An expression over one relation alone. */
const isOf = (value: TreeNode, { alias }: Item): boolean => [...relationsIn(value)].join() === alias && !has(value, 'WINDOW')

function windowsIn(value: TreeNode): readonly TreeNode[] {
  return [...everyNode(value)].filter((node) => node['class'] === 'WINDOW')
}

function refuseLimit({ limit }: Pick<Select, 'limit'>): void {
  if (limit !== undefined) throw new Obstructed('LIMIT', 'choose rows by a condition, or by QUALIFY with PARTITION BY')
}
