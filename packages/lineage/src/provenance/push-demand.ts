// The rows that are wanted of a query to those that are wanted of each table below it. The rule that holds at every step: where
// each relation has all rows that are wanted of it, and whatever other rows of the table, the wanted rows of the query come out
// as they were. So a relation that may come out with rows that it never had (a sum over fewer rows, a row whose partner is gone)
// is asked by conditions on its own columns and by keys of relations that cannot, never by its own rows.

import type { TreeNode } from '@tulle/sql'
import type { TableName } from '../types.ts'
import { nodeOf, nodesOf, textOf } from '../statement/node.ts'
import { among, and, calls, column, compare, cross, derived, everyNode, has, isSameTree, or, relationsIn, replaced, row, scalar, selectOf } from './build-tree.ts'
import { ALL, conditionOn, followsFrom, renamedDemand, rowsOf, translate } from './demand.ts'
import type { Condition, Demand, Member } from './demand.ts'
import type { NormalForm } from './normal-form.ts'
import { Refused } from './types.ts'
import type { FromTree, Item, Query, Select, SetOperation } from './types.ts'

/** What stands around a query: rows of it are wanted for rows of these alone. */
interface Prior { readonly froms: readonly TreeNode[]; readonly conditions: readonly TreeNode[]; readonly aliases: ReadonlySet<string> }

/** Where a table is read: conditions on its own columns, and sets of its rows that other relations leave. */
interface Occurrence { readonly alias: string; readonly own: readonly TreeNode[]; readonly among: readonly TreeNode[] }

export interface Wanted { readonly table: TableName; readonly item: Item; readonly occurrences: Occurrence[] }

/** More than any statement that a person wrote. */
const MOST_STEPS = 2_000

export class DemandPusher {
  readonly wanted = new Map<string, Wanted>()
  readonly #form: NormalForm
  readonly #real = new WeakMap<Query, boolean>()
  #steps = 0

  constructor(form: NormalForm) {
    this.#form = form
  }

  /** Of the whole statement: the rows of its result that `demand` wants. */
  root(demand: Demand): void {
    const { query } = this.#form
    const isListed = (query.kind === 'select' || query.kind === 'set') && this.#isListedAlone(query)
    this.#query(query, isListed ? { conditions: [], members: [this.#listed(query, demand)] } : demand, undefined, true)
  }

  #query(query: Query, demand: Demand, prior: Prior | undefined, isRoot = false): void {
    this.#steps += 1
    if (this.#steps > MOST_STEPS) throw new Refused('too-large', 'it is too large')
    switch (query.kind) {
      case 'self': return
      case 'recursion':
        // Each row of a recursion may come of each other one.
        this.#query(query.left, ALL, prior)
        this.#query(query.right, ALL, prior)
        return
      case 'set': {
        const wanted = this.#beforeLimit(query, demand, prior, isRoot)
        for (const side of [0, 1] as const) {
          const names = new Map(query.sides.flatMap((pair, i) => (pair[side] === undefined ? [] : [[query.names[i] ?? '', pair[side]] as const])))
          this.#query(side === 0 ? query.left : query.right, renamedDemand(wanted, names), prior)
        }
        return
      }
      case 'select': return this.#select(query, this.#beforeLimit(query, demand, prior, isRoot), prior)
    }
  }

  /** Which rows are wanted of the query without its LIMIT, so that its first rows are the same. */
  #beforeLimit(query: Select | SetOperation, demand: Demand, prior: Prior | undefined, isRoot: boolean): Demand {
    if (query.limit === undefined || isRoot && this.#isListedAlone(query)) return demand
    if (!query.limit.isOrdered) throw new Refused('by-chance', 'it takes some rows without an order')
    // Where no rows can appear that never were, the list makes itself again.
    return this.#isReal(query) && prior === undefined && query.limit.list !== undefined ? { conditions: [], members: [rowsOf(query.limit.list, query.names, [])] } : ALL
  }

  /** Whether rows of a list, alone, are all in it: nothing else can come before them. */
  #isListedAlone(query: Select | SetOperation): boolean {
    if (query.limit === undefined || query.limit.hasOffset || !query.limit.isOrdered) return false
    if (this.#isReal(query)) return true
    if (query.kind === 'set' || !query.isAggregated || query.from === undefined || query.distinctOn.length > 0) return false
    if (has(query.computed, 'WINDOW', true) || has([...query.where, ...query.computed], 'SUBQUERY')) return false
    // Groups of rows of one table that stands nowhere else: no other group can appear.
    const keys = [...new Set(query.keys.flatMap((key) => [...relationsIn(key)]))]
    const item = keys.length === 1 ? itemsOf(query.from).find(({ alias }) => alias === keys[0]) : undefined
    if (item?.table === undefined || this.#form.readings.get(`${item.table.schema}.${item.table.name}`) !== 1 || !coreOf(query.from).items.includes(item)) return false
    return query.keys.length === nodesOf(query.node['group_expressions']).length + (query.node['aggregate_handling'] === 'FORCE_AGGREGATES' ? query.keys.length : 0) && query.keys.every((key) => query.outputs.some(({ value }) => isSameTree(value, key)))
  }

  /** The rows of a list that a demand wants; all of it where others that are the same stand behind its end. */
  #listed(query: Select | SetOperation, { conditions }: Demand): Member {
    const { names, node, limit } = query
    if (limit === undefined || !this.#isReal(query)) return rowsOf(node, names, conditions)
    const of = (alias: string): ((name: string) => TreeNode) => (name) => column([alias, name])
    const listed = conditions.map(({ build }) => build(of('listed')))
    const counted = (from: TreeNode, where: readonly TreeNode[]): TreeNode => scalar(selectOf([COUNT], from, where))
    const same = counted(derived(limit.before, 'before'), [among(row(names.map(of('before'))), selectOf([row(names.map(of('listed')))], derived(node, 'listed'), listed))])
    const others = compare('COMPARE_NOTEQUAL', same, counted(derived(node, 'listed'), listed))
    return { columns: names, pick: (some) => {
      const wanted = or([and(conditions.map(({ build }) => build(of('wanted')))) ?? others, others])
      return selectOf([row(some.map(of('wanted')))], derived(node, 'wanted'), wanted === undefined ? [] : [wanted])
    } }
  }

  #select(query: Select, demand: Demand, prior: Prior | undefined): void {
    const { from, where, outputs, keys, isAggregated, distinctOn, computed } = query
    if (from === undefined) {
      this.#queriesIn([...where, ...computed], { froms: prior?.froms ?? [], conditions: prior?.conditions ?? [], aliases: prior?.aliases ?? new Set() })
      return
    }
    const known = (isIt: (value: TreeNode) => boolean): ReadonlyMap<string, TreeNode> => new Map(outputs.filter(({ value }) => isIt(value)).map(({ name, value }) => [name, value]))
    const windows = [...computed.flatMap(windowsIn).map((one) => nodesOf(one['partitions'])), ...(distinctOn.length > 0 ? [distinctOn] : [])]
    // In a grouping set without it, whatever is grouped by is NULL, constants too.
    const isGrouped = nodesOf(query.node['group_expressions']).length > keys.length
    const isEarly = (value: TreeNode): boolean => (isAggregated ? (isGrouped ? keys.some((key) => isSameTree(key, value)) : followsFrom(value, keys)) : !has(value, 'WINDOW', true) && !calls(value, 'unnest'))
    const conditions = [...where]
    if (windows.length === 0) conditions.push(...translate(demand, known(isEarly)))
    else {
      // Rows of a window are made by all of its partition.
      const shared = (windows[0] ?? []).filter((key) => windows.every((one) => one.some((other) => isSameTree(other, key))) && isEarly(key))
      conditions.push(...translate(demand, known((value) => followsFrom(value, shared))))
      const early = translate(demand, known(isEarly))
      if (shared.length > 0 && early.length > 0 && prior === undefined && this.#isRealFrom(from) && !where.some((one) => this.#asks(one))) {
        conditions.push(among(row(shared), selectOf([row(shared)], from.node, [...where, ...early])))
      }
    }
    this.#from(from, conditions, prior)
    const plain = conditions.filter((one) => !this.#asks(one))
    const around: Prior = { froms: [...prior?.froms ?? [], from.node], conditions: [...prior?.conditions ?? [], ...plain], aliases: new Set([...prior?.aliases ?? [], ...itemsOf(from).map(({ alias }) => alias)]) }
    this.#queriesIn(onOf(from), { ...around, froms: [...prior?.froms ?? [], ...itemsOf(from).map(({ node }) => node)], conditions: prior?.conditions ?? [] })
    this.#queriesIn([...conditions, ...computed, ...itemsOf(from).filter(({ query: own, table }) => own === undefined && table === undefined).map(({ node }) => node)], around)
  }

  /** Queries that stand in expressions. */
  #queriesIn(expressions: readonly TreeNode[], around: Prior): void {
    const seen = new Set<Query>()
    for (const expression of expressions) {
      for (const node of expressionsWithin(expression)) {
        const own = nodeOf(nodeOf(node['subquery'])?.['node'])
        const query = own === undefined ? undefined : this.#form.within.get(own)
        if (query === undefined || seen.has(query)) continue
        seen.add(query)
        const child = nodeOf(node['child'])
        // Of `value IN (query)` only rows of that value count, where nothing else hangs on the others.
        const isPlain = node === expression && child !== undefined && textOf(node['subquery_type']) === 'ANY' && textOf(node['comparison_type']) === 'COMPARE_EQUAL' && query.kind === 'select' && query.names.length === 1 && !this.#asks(child)
        const name = query.names[0] ?? ''
        const asked: Demand = isPlain && child !== undefined ? { conditions: [], members: [{ columns: [name], pick: () => selectOf([row([child])], cross(around.froms), around.conditions) }] } : ALL
        this.#query(query, asked, isPlain && !this.#needs(query.node, around) ? undefined : around)
      }
    }
  }

  #from(tree: FromTree, given: readonly TreeNode[], outside: Prior | undefined): void {
    const { items, dependents, on } = coreOf(tree)
    const conditions = [...given, ...on]
    const prior = outside !== undefined && [tree.node, ...conditions].some((one) => this.#needs(one, outside)) ? outside : undefined
    const aliases = new Set(items.map(({ alias }) => alias))
    const within = (names: ReadonlySet<string>): readonly TreeNode[] => conditions.filter((one) => !this.#asks(one) && [...this.#relationsOf(one)].every((name) => names.has(name)))
    const isAlone = itemsOf(tree).length === 1 && prior === undefined && !conditions.some((one) => this.#asks(one))
    const all = cross([...prior?.froms ?? [], tree.node])
    const left: Member['pick'] = (names) => selectOf([row(names.map((name) => column(name.split('\u0000'))))], all, [...prior?.conditions ?? [], ...conditions])
    const settled: Item[] = []
    for (const item of [...items.filter((one) => this.#isRealItem(one)), ...items.filter((one) => !this.#isRealItem(one))]) {
      const own = within(new Set([item.alias]))
      const isReal = this.#isRealItem(item)
      const rows: Member = { columns: item.names, pick: (names) => left(names.map((name) => `${item.alias}\u0000${name}`)) }
      if (item.table !== undefined) this.#read(item, own, isAlone ? [] : [among(row(item.names.map((name) => column([item.alias, name]))), rows.pick(item.names))])
      else if (item.query !== undefined) {
        const asked: Condition[] = own.map((one) => conditionOn(item.alias, one))
        if (!isReal) asked.push(...this.#byKeys(item, { settled, conditions, prior, within }))
        const before = items.slice(0, items.indexOf(item))
        const names = new Set([...before.map(({ alias }) => alias), ...prior?.aliases ?? []])
        this.#item(item, { conditions: asked, members: isReal && !isAlone ? [rows] : [] }, { froms: [...prior?.froms ?? [], ...before.map(({ node }) => node)], conditions: [...prior?.conditions ?? [], ...within(names)], aliases: names })
      }
      settled.push(item)
    }
    for (const { tree: own, on: joined, beside, isWhole, nearest } of dependents) {
      const besides = new Set(itemsOf(beside).map(({ alias }) => alias))
      const core = new Set([...aliases].filter((alias) => besides.has(alias)))
      if (isWhole) {
        this.#from(own, mergedConditions(conditions, own, joined), undefined)
        continue
      }
      const around: Prior = { froms: [...prior?.froms ?? [], beside.node], conditions: [...prior?.conditions ?? [], ...within(new Set([...core, ...prior?.aliases ?? []]))], aliases: new Set([...prior?.aliases ?? [], ...besides]) }
      if (nearest !== undefined && own.kind === 'item' && own.item.table !== undefined) {
        const { item } = own
        const values = row(item.names.map((name) => column([item.alias, name])))
        this.#read(item, [], [among(values, selectOf([values], cross([...prior?.froms ?? [], nearest]), around.conditions))])
      } else this.#from(own, joined.filter((one) => !this.#asks(one)), around)
    }
  }

  /** Of rows that may be others with less to be made of: those whose keys rows of settled relations have. */
  #byKeys(item: Item, { settled, conditions, prior, within }: { readonly settled: readonly Item[]; readonly conditions: readonly TreeNode[]; readonly prior: Prior | undefined; readonly within: (names: ReadonlySet<string>) => readonly TreeNode[] }): readonly Condition[] {
    const names = new Set([...settled.map(({ alias }) => alias), ...prior?.aliases ?? []])
    if (names.size === 0) return []
    const pairs = conditions.flatMap((one): readonly (readonly [TreeNode, TreeNode])[] => {
      if (one['type'] !== 'COMPARE_EQUAL' || this.#asks(one)) return []
      const [a, b] = [nodeOf(one['left']), nodeOf(one['right'])]
      if (a === undefined || b === undefined) return []
      const isOwn = (node: TreeNode): boolean => { const of = this.#relationsOf(node); return of.size === 1 && of.has(item.alias) }
      const isTheirs = (node: TreeNode): boolean => { const of = this.#relationsOf(node); return of.size > 0 && [...of].every((name) => names.has(name)) }
      return isOwn(a) && isTheirs(b) ? [[a, b]] : isOwn(b) && isTheirs(a) ? [[b, a]] : []
    })
    if (pairs.length === 0) return []
    const from = cross([...prior?.froms ?? [], ...settled.map(({ node }) => node)])
    const keys = selectOf([row(pairs.map(([, theirs]) => theirs))], from, [...prior?.conditions ?? [], ...within(names)])
    return [conditionOn(item.alias, among(row(pairs.map(([ours]) => ours)), keys))]
  }

  #item(item: Item, demand: Demand, prior: Prior | undefined): void {
    const { query, passed } = item
    if (query === undefined) return
    const names = new Map(passed === undefined ? item.names.map((name, i) => [name, query.names[i] ?? name] as const) : passed.map((name) => [name, name] as const))
    this.#query(query, renamedDemand(demand, names), this.#needs(query.node, prior) ? prior : undefined)
  }

  #read(item: Item, own: readonly TreeNode[], sets: readonly TreeNode[]): void {
    const table = item.table as TableName
    const key = `${table.schema}.${table.name}`
    const wanted = this.wanted.get(key) ?? { table, item, occurrences: [] }
    this.wanted.set(key, wanted)
    wanted.occurrences.push({ alias: item.alias, own, among: sets })
  }

  /** Whether it asks a query of the statement's own. */
  #asks(node: TreeNode): boolean {
    for (const one of expressionsWithin(node)) {
      const own = nodeOf(nodeOf(one['subquery'])?.['node'])
      if (own !== undefined && this.#form.within.has(own)) return true
    }
    return false
  }

  /** The relations that it speaks of. Sets of values speak of none but by what is looked for in them. */
  #relationsOf(node: TreeNode): ReadonlySet<string> {
    const found = new Set<string>()
    const bare = replaced(node, (one) => {
      if (one['class'] !== 'SUBQUERY') return undefined
      const own = nodeOf(nodeOf(one['subquery'])?.['node'])
      if (own !== undefined && this.#form.within.has(own)) return one
      for (const name of this.#relationsOf(nodeOf(one['child']) ?? {})) found.add(name)
      return { class: 'CONSTANT' }
    })
    for (const name of relationsIn(bare)) found.add(name)
    return found
  }

  #needs(node: TreeNode, prior: Prior | undefined): boolean {
    return prior !== undefined && [...relationsIn(node)].some((name) => prior.aliases.has(name))
  }

  /** Whether less to be made of can only make fewer rows of it, never other ones; its LIMIT left aside. */
  #isReal(query: Query): boolean {
    if (query.kind === 'set') return query.isUnion && this.#isRealQuery(query.left) && this.#isRealQuery(query.right)
    return query.kind === 'select' && !query.isAggregated && query.distinctOn.length === 0 && !has(query.computed, 'WINDOW', true) && ![...query.where, ...query.computed].some((one) => this.#asks(one)) && (query.from === undefined || this.#isRealFrom(query.from))
  }

  #isRealQuery(query: Query): boolean {
    const known = this.#real.get(query)
    if (known !== undefined) return known
    const isReal = query.kind === 'self' ? true : query.kind === 'recursion' ? this.#isRealQuery(query.left) && this.#isRealQuery(query.right) : query.limit === undefined && this.#isReal(query)
    this.#real.set(query, isReal)
    return isReal
  }

  #isRealItem({ query, passed, isByRow }: Item): boolean {
    return query === undefined || (passed === undefined || isByRow === true) && this.#isRealQuery(query)
  }

  #isRealFrom(tree: FromTree): boolean {
    if (tree.kind === 'item') return this.#isRealItem(tree.item)
    return (tree.join === 'INNER' || tree.join === 'SEMI') && !tree.on.some((one) => this.#asks(one)) && this.#isRealFrom(tree.left) && this.#isRealFrom(tree.right)
  }
}

const COUNT: TreeNode = { class: 'FUNCTION', type: 'FUNCTION', alias: '', function_name: 'count_star', schema: '', catalog: '', children: [], filter: null, order_bys: { type: 'ORDER_MODIFIER', orders: [] }, distinct: false, is_operator: false, export_state: false }

const itemsOf = (tree: FromTree): readonly Item[] => (tree.kind === 'item' ? [tree.item] : [...itemsOf(tree.left), ...itemsOf(tree.right)])
const onOf = (tree: FromTree): readonly TreeNode[] => (tree.kind === 'item' ? [] : [...tree.on, ...onOf(tree.left), ...onOf(tree.right)])

/** What may not be there: its rows are wanted for those that stand beside it, whatever is asked of the result. */
interface Dependent { readonly tree: FromTree; readonly on: readonly TreeNode[]; readonly beside: FromTree; readonly isWhole: boolean; /** Of an ASOF join: all of it, which finds the nearest. */ readonly nearest?: TreeNode }

interface Core { readonly items: readonly Item[]; readonly dependents: readonly Dependent[]; readonly on: readonly TreeNode[] }

/** The relations that have a part in every row of a FROM, and those that hang on them. */
function coreOf(tree: FromTree): Core {
  if (tree.kind === 'item') return { items: [tree.item], dependents: [], on: [] }
  const { join, left, right, on } = tree
  switch (join) {
    case 'INNER': {
      const [a, b] = [coreOf(left), coreOf(right)]
      return { items: [...a.items, ...b.items], dependents: [...a.dependents, ...b.dependents], on: [...a.on, ...b.on, ...on] }
    }
    case 'FULL': case 'POSITIONAL':
      return { items: [], on: [], dependents: [{ tree: left, on, beside: right, isWhole: true }, { tree: right, on, beside: left, isWhole: true }] }
    default: {
      const [kept, other] = join === 'RIGHT' ? [right, left] : [left, right]
      const core = coreOf(kept)
      return { ...core, dependents: [...core.dependents, { tree: other, on, beside: kept, isWhole: false, ...(join === 'ASOF' && { nearest: tree.node }) }] }
    }
  }
}

/** Of a full join: conditions on a column that both sides have, said of one of them. */
function mergedConditions(conditions: readonly TreeNode[], side: FromTree, on: readonly TreeNode[]): readonly TreeNode[] {
  const aliases = new Set(itemsOf(side).map(({ alias }) => alias))
  const pairs = on.filter((one) => one['type'] === 'COMPARE_EQUAL').map((one) => [nodeOf(one['left']) ?? {}, nodeOf(one['right']) ?? {}] as const)
  return conditions.flatMap((condition) => {
    const said = replaced(condition, (node) => {
      if (node['type'] !== 'OPERATOR_COALESCE') return undefined
      const children = nodesOf(node['children'])
      const pair = pairs.find(([a, b]) => children.length === 2 && ((isSameTree(children[0] ?? {}, a) && isSameTree(children[1] ?? {}, b)) || (isSameTree(children[0] ?? {}, b) && isSameTree(children[1] ?? {}, a))))
      return pair?.find((one) => [...relationsIn(one)].every((name) => aliases.has(name)))
    }) as TreeNode
    return said !== condition && [...relationsIn(said)].every((name) => aliases.has(name)) ? [said] : []
  })
}

function windowsIn(node: TreeNode): readonly TreeNode[] {
  return [...everyNode(node)].filter((one) => one['class'] === 'WINDOW')
}

/** Queries in it, but not those within them. */
function* expressionsWithin(node: TreeNode): Generator<TreeNode> {
  if (node['class'] === 'SUBQUERY') yield node
  for (const [member, value] of Object.entries(node)) {
    if (node['class'] === 'SUBQUERY' && member === 'subquery') continue
    for (const one of Array.isArray(value) ? nodesOf(value) : nodeOf(value) === undefined ? [] : [nodeOf(value) as TreeNode]) yield* expressionsWithin(one)
  }
}

