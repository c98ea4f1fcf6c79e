// A statement's tree to its normal form. What it does not understand it refuses, because a query that is narrowed by half an
// understanding names the wrong rows.

import { isNode } from '@tulle/sql'
import type { TreeNode, TreeValue } from '@tulle/sql'
import { constantOf, nameOf, nodeOf, nodesOf, textOf, textsOf } from '../statement/node.ts'
import { isAggregate } from '../statement/read-query.ts'
import { lambdaNames, WORDS } from '../statement/read-expression.ts'
import { columnNames } from '../statement/read-pivot.ts'
import { lineageOf } from '../statement/read-statement.ts'
import { starColumns } from '../statement/star.ts'
import type { Reading, Scope as FlowScope } from '../statement/scope.ts'
import { flowOf, NOTHING } from '../statement/flow.ts'
import { and, call, compare, conjuncts, derived, has, selectOf, star } from './build-tree.ts'
import { columnOfSeen, meaningOf } from './names-in-scope.ts'
import type { Scope, Seen, WithQuery } from './names-in-scope.ts'
import { OUTER, Refused } from './types.ts'
import type { FromTree, Item, JoinKind, Limit, NarrowOptions, Output, Query, Recursion, Select, SetOperation } from './types.ts'

export interface NormalForm {
  readonly query: Query
  /** Queries that stand in expressions, by their node. */
  readonly within: WeakMap<TreeNode, Query>
  /** All WITH queries, under names of their own: whatever is printed begins with them. */
  readonly withQueries: TreeNode
  /** How often a table is read, by `schema.name`. */
  readonly readings: ReadonlyMap<string, number>
}

/** Throws `Refused`. */
export function normalForm(top: TreeNode, options: NarrowOptions): NormalForm {
  const normaliser = new Normaliser(options)
  const query = normaliser.query(top, { seen: [], merged: new Map(), withQueries: new Map() })
  return { query, within: normaliser.within, withQueries: { map: normaliser.entries }, readings: normaliser.readings }
}

interface Seeing { readonly tree: FromTree; readonly seen: readonly Seen[]; readonly merged: ReadonlyMap<string, TreeNode> }

/** Functions whose value is another one each time. */
const CHANCE: ReadonlySet<string> = new Set(['random', 'gen_random_uuid', 'uuid', 'uuidv4', 'uuidv7'])

class Normaliser {
  readonly within = new WeakMap<TreeNode, Query>()
  readonly entries: TreeNode[] = []
  readonly readings = new Map<string, number>()
  readonly #options: NarrowOptions
  readonly #taken = new Set<string>([OUTER])

  constructor(options: NarrowOptions) {
    this.#options = options
  }

  query(node: TreeNode, outer: Scope): Query {
    const scope = this.#withQueries(node, outer)
    switch (node['type']) {
      case 'SELECT_NODE': return this.#select(node, scope)
      case 'SET_OPERATION_NODE': return this.#setOperation(node, scope)
      default: throw new Refused('unread-form', `a query of the kind ${textOf(node['type']).toLowerCase()} is not read`)
    }
  }

  #withQueries(node: TreeNode, scope: Scope): Scope {
    const known = new Map(scope.withQueries)
    for (const entry of nodesOf(nodeOf(node['cte_map'])?.['map'])) {
      const value = nodeOf(entry['value']) ?? {}
      const own = nodeOf(nodeOf(value['query'])?.['node']) ?? {}
      const key = textOf(entry['key'])
      const name = this.#free(key)
      // It sees the WITH queries before it and nothing else: what names a column outside of it is refused as unknown.
      const inner: Scope = { seen: [], merged: new Map(), withQueries: new Map(known) }
      const query = own['type'] === 'RECURSIVE_CTE_NODE' ? this.#recursion(own, { key, name, aliases: textsOf(value['aliases']) }, inner) : this.query(own, inner)
      const aliases = textsOf(value['aliases'])
      const shown = query.names.map((one, i) => aliases[i] ?? one)
      known.set(key.toLowerCase(), { name, query, shown })
      this.entries.push({ ...entry, key: name, value: { ...value, aliases: shown, query: { node: query.node, named_param_map: [] } } })
    }
    return { ...scope, withQueries: known }
  }

  #recursion(node: TreeNode, { key, name, aliases }: { readonly key: string; readonly name: string; readonly aliases: readonly string[] }, scope: Scope): Recursion {
    if (nodesOf(node['key_targets']).length > 0) throw new Refused('unread-form', 'a recursion that replaces rows by a key is not read')
    const left = this.query(nodeOf(node['left']) ?? {}, scope)
    const names = left.names.map((one, i) => aliases[i] ?? one)
    const self: WithQuery = { name, shown: names, query: { kind: 'self', node: {}, names } }
    const right = this.query(nodeOf(node['right']) ?? {}, { ...scope, withQueries: new Map([...scope.withQueries, [key.toLowerCase(), self]]) })
    return { kind: 'recursion', names, left, right, node: { ...node, cte_map: { map: [] }, cte_name: name, aliases: names, left: left.node, right: right.node } }
  }

  #setOperation(node: TreeNode, scope: Scope): SetOperation {
    const [left, right] = [this.query(nodeOf(node['left']) ?? {}, scope), this.query(nodeOf(node['right']) ?? {}, scope)]
    const kind = textOf(node['setop_type'])
    const find = (names: readonly string[], name: string): string | undefined => names.find((one) => one.toLowerCase() === name.toLowerCase())
    const sides = kind === 'UNION_BY_NAME'
      ? [...left.names.map((name) => [name, find(right.names, name)] as const), ...right.names.filter((name) => find(left.names, name) === undefined).map((name) => [undefined, name] as const)]
      : left.names.map((name, i) => [name, right.names[i]] as const)
    const own: TreeNode = { ...node, cte_map: { map: [] }, left: left.node, right: right.node }
    const limit = limitOf(own)
    return { kind: 'set', node: own, names: sides.map(([a, b]) => a ?? b ?? ''), isUnion: kind.startsWith('UNION'), left, right, sides, ...(limit !== undefined && { limit }) }
  }

  #select(node: TreeNode, outer: Scope): Select {
    if (isNode(node['sample'])) throw new Refused('by-chance', 'it takes a sample of its rows')
    const from = isNode(node['from_table']) && node['from_table']['type'] !== 'EMPTY' ? this.#from(node['from_table'], outer) : undefined
    const aliases = new Map<string, TreeNode>()
    const scope: Scope = { seen: from?.seen ?? [], merged: from?.merged ?? new Map(), withQueries: outer.withQueries, outer, aliases }
    const outputs: Output[] = []
    for (const item of nodesOf(node['select_list'])) {
      const own = item['class'] === 'STAR' ? this.#star(item, scope) : [{ name: nameOf(item), value: this.#expression(item, scope) as TreeNode }]
      for (const { name, value } of own) outputs.push({ name: freeName(name, outputs), value })
      if (textOf(item['alias']) !== '' && own[0] !== undefined) aliases.set(textOf(item['alias']).toLowerCase(), { ...own[0].value, alias: '' })
    }
    const within = (value: TreeValue | undefined, at: Scope = scope): TreeNode | undefined => (isNode(value) ? this.#expression(value, at) as TreeNode : undefined)
    const where = conjuncts(within(node['where_clause']))
    const byPlace = (one: TreeNode): TreeNode | undefined => outputs[Number(constantOf(one) ?? Number.NaN) - 1]?.value
    const groups = nodesOf(node['group_expressions']).map((one) => byPlace(one) ?? within(one) ?? one)
    const [having, qualify] = [within(node['having']), within(node['qualify'])]
    const modifiers = nodesOf(node['modifiers']).map((one) => this.#modifier(one, { ...scope, aliasesFirst: true }))
    const isForced = node['aggregate_handling'] === 'FORCE_AGGREGATES'
    const isAggregated = groups.length > 0 || isForced || [...outputs.map(({ value }) => value), ...(having === undefined ? [] : [having])].some(isAggregate)
    const sets = (Array.isArray(node['group_sets']) ? node['group_sets'] as readonly TreeValue[] : []).map((set) => new Set((Array.isArray(set) ? set as readonly TreeValue[] : []).map(String)))
    const keys = isForced ? outputs.map(({ value }) => value).filter((value) => !isAggregate(value) && !has(value, 'WINDOW', true)) : groups.filter((_, i) => sets.every((set) => set.has(String(i))))
    const distinctOn = modifiers.filter((one) => one['type'] === 'DISTINCT_MODIFIER').flatMap((one) => nodesOf(one['distinct_on_targets'])).map((one) => byPlace(one) ?? one)
    const orders = modifiers.flatMap((one) => nodesOf(one['orders'])).map((one) => nodeOf(one['expression'])).filter((one) => one !== undefined)
    const own: TreeNode = {
      ...node, cte_map: { map: [] }, select_list: outputs.map(({ name, value }) => ({ ...value, alias: name })), from_table: from?.tree.node ?? node['from_table'] ?? null,
      where_clause: and(where) ?? null, group_expressions: nodesOf(node['group_expressions']).map((one, i) => (byPlace(one) === undefined ? groups[i] ?? one : one)), having: having ?? null, qualify: qualify ?? null, modifiers,
    }
    const limit = limitOf(own)
    return {
      kind: 'select', node: own, names: outputs.map(({ name }) => name), outputs, from: from?.tree, where, isAggregated, keys, distinctOn,
      computed: [...outputs.map(({ value }) => value), ...(having === undefined ? [] : [having]), ...(qualify === undefined ? [] : [qualify]), ...orders],
      ...(limit !== undefined && { limit }),
    }
  }

  #modifier(modifier: TreeNode, scope: Scope): TreeNode {
    if (modifier['type'] === 'LIMIT_MODIFIER' || modifier['type'] === 'LIMIT_PERCENT_MODIFIER') {
      if (has(modifier, 'SUBQUERY') || has(modifier, 'COLUMN_REF')) throw new Refused('unread-form', 'a limit that is computed is not read')
      return modifier
    }
    const expression = (value: TreeValue | undefined): TreeValue => (isNode(value) && value['class'] !== 'STAR' ? this.#expression(value, scope) : value ?? null)
    if (modifier['type'] === 'ORDER_MODIFIER') return { ...modifier, orders: nodesOf(modifier['orders']).map((one) => ({ ...one, expression: expression(one['expression']) })) }
    return { ...modifier, distinct_on_targets: nodesOf(modifier['distinct_on_targets']).map(expression) }
  }

  /** `*` and COLUMNS by the reader of lineage, each column standing for where it is from. */
  #star(node: TreeNode, scope: Scope): readonly Output[] {
    const values: TreeNode[] = []
    const flow = (value: TreeNode): ReturnType<typeof flowOf> => flowOf(values.push(value) - 1)
    const guesses = new Set<string>()
    const relations = scope.seen.map((one) => ({ alias: one.name.toLowerCase(), schema: one.schema, columns: one.shown.map((name) => ({ name, flow: flow(columnOfSeen(one, name) ?? {}) })) }))
    const reading = { guesses, stars: new Map(), expression: (value: TreeNode) => flow(this.#expression(value, scope) as TreeNode) } as unknown as Reading
    const seen: FlowScope = { from: { relations, merged: new Map([...scope.merged].map(([name, value]) => [name, flow(value)])), rows: NOTHING }, ctes: new Map() }
    const columns = starColumns(reading, node, seen)
    if (guesses.size > 0) throw new Refused('unread-form', 'it chooses columns by an expression')
    return columns.map((one) => ({ name: one.name, value: values[[...one.flow.direct.keys()][0] ?? -1] ?? {} }))
  }

  #expression(value: TreeValue, scope: Scope): TreeValue {
    if (Array.isArray(value)) return (value as readonly TreeValue[]).map((one) => this.#expression(one, scope))
    if (!isNode(value)) return value
    switch (value['class']) {
      case 'COLUMN_REF': {
        const names = textsOf(value['column_names'])
        const meaning = meaningOf(scope, names)
        if (meaning === undefined && !(names.length === 1 && WORDS.has((names[0] ?? '').toLowerCase()))) throw new Refused('unknown-columns', `nobody knows what "${names.join('.')}" is`)
        return meaning === undefined || meaning === 'as-it-is' ? value : { ...meaning, alias: value['alias'] ?? '' }
      }
      case 'LAMBDA': {
        const parameters = new Set([...scope.parameters ?? [], ...lambdaNames(value['lhs'])])
        return { ...value, expr: this.#expression(value['expr'] ?? null, { ...scope, parameters }) }
      }
      case 'SUBQUERY': {
        const query = this.query(nodeOf(nodeOf(value['subquery'])?.['node']) ?? {}, { seen: [], merged: new Map(), withQueries: scope.withQueries, outer: scope })
        this.within.set(query.node, query)
        return { ...value, child: this.#expression(value['child'] ?? null, scope), subquery: { node: query.node, named_param_map: [] } }
      }
      case 'STAR': case 'POSITIONAL_REFERENCE':
        throw new Refused('unread-form', 'it chooses columns by an expression')
      default:
        if (value['class'] === 'FUNCTION' && CHANCE.has(textOf(value['function_name']).toLowerCase())) throw new Refused('by-chance', 'it asks for random values')
        return Object.fromEntries(Object.entries(value).map(([member, one]) => [member, one === undefined ? null : this.#expression(one, scope)]))
    }
  }

  #from(node: TreeNode, scope: Scope): Seeing {
    if (isNode(node['sample'])) throw new Refused('by-chance', 'it takes a sample of its rows')
    switch (node['type']) {
      case 'JOIN': return this.#join(node, scope)
      case 'BASE_TABLE': return this.#table(node, scope)
      case 'SUBQUERY': {
        const query = this.query(nodeOf(nodeOf(node['subquery'])?.['node']) ?? {}, scope)
        return this.#one(node, { ...node, subquery: { node: query.node, named_param_map: [] } }, { names: query.names, query })
      }
      case 'EXPRESSION_LIST': {
        const values = (Array.isArray(node['values']) ? node['values'] as readonly TreeValue[] : []).map((one) => this.#expression(one, scope))
        const given = textsOf(node['expected_names'])
        return this.#one(node, { ...node, values }, { names: nodesOf(values[0]).map((_, i) => given[i] ?? `col${i}`) })
      }
      case 'TABLE_FUNCTION': {
        const call = this.#expression(nodeOf(node['function']) ?? {}, scope) as TreeNode
        const ordinality = node['with_ordinality'] === 'WITH_ORDINALITY' ? ['ordinality'] : []
        return this.#one(node, { ...node, function: call }, { names: [textOf(call['function_name']), ...ordinality] })
      }
      case 'PIVOT': return this.#pivot(node, scope)
      default: throw new Refused('unread-form', `a FROM of the kind ${textOf(node['type']).toLowerCase()} is not read`)
    }
  }

  #table(node: TreeNode, scope: Scope): Seeing {
    const [schema, name] = [textOf(node['schema_name']), textOf(node['table_name'])]
    const known = schema === '' || schema === 'recurring' ? scope.withQueries.get(name.toLowerCase()) : undefined
    if (known !== undefined) return this.#one(node, { ...node, table_name: known.name }, { names: known.shown, query: known.query }, name)
    const table = { schema: schema.toLowerCase(), name: name.toLowerCase() }
    const columns = this.#options.columnsOf(table)
    if (columns === undefined) throw new Refused('unknown-columns', 'nobody knows the columns of what it reads')
    const key = `${table.schema}.${table.name}`
    this.readings.set(key, (this.readings.get(key) ?? 0) + 1)
    const version = this.#options.versionOf(table)
    const at: TreeNode | null = version === undefined ? null : { unit: 'VERSION', expr: { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: version } } }
    const given = textsOf(node['column_name_alias'])
    const names = columns.map((one) => one.name)
    const seeing = this.#one(node, { ...node, column_name_alias: [], at_clause: at ?? node['at_clause'] ?? null }, { names, table }, name)
    return { ...seeing, seen: seeing.seen.map((one) => ({ ...one, schema: table.schema, shown: names.map((own, i) => given[i] ?? own) })) }
  }

  #pivot(node: TreeNode, scope: Scope): Seeing {
    const query = this.#select(selectOf([star('')], nodeOf(node['source']) ?? {}, []), scope)
    const own: TreeNode = { ...node, source: derived(query.node, this.#free('pivoted')) }
    const names = lineageOf({ text: '', statements: [{ node: { ...selectOf([star('')], { ...own, alias: '', column_name_alias: [] }, []), cte_map: { map: this.entries } } }] }, { columnsOf: this.#options.columnsOf }).columns.map((one) => one.name)
    const isByRow = textsOf(node['unpivot_names']).length > 0
    const made = new Set(isByRow ? [...textsOf(node['unpivot_names']), ...nodesOf(node['pivots']).flatMap((one) => textsOf(one['unpivot_names']))] : [])
    const groups = textsOf(node['groups']).map((one) => one.toLowerCase())
    const used = new Set(nodesOf(node['aggregates']).concat(nodesOf(node['pivots'])).flatMap(columnNames))
    const passed = query.names.filter((one) => names.includes(one) && !made.has(one) && (isByRow || (groups.length > 0 ? groups.includes(one.toLowerCase()) : !used.has(one.toLowerCase()))))
    return this.#one(node, own, { names, query, passed, isByRow })
  }

  #one(before: TreeNode, node: TreeNode, item: Pick<Item, 'names' | 'query' | 'table' | 'passed' | 'isByRow'>, called = ''): Seeing {
    const name = textOf(before['alias']) || called
    const alias = this.#free(name || 'relation')
    const given = textsOf(node['column_name_alias'])
    const names = item.names.map((one, i) => given[i] ?? one)
    const own: TreeNode = { ...node, alias }
    return { tree: { kind: 'item', item: { ...item, names, alias, node: own }, node: own }, seen: [{ item: { ...item, names, alias, node: own }, name, schema: '', shown: names }], merged: new Map() }
  }

  #join(node: TreeNode, scope: Scope): Seeing {
    const left = this.#from(nodeOf(node['left']) ?? {}, scope)
    // What stands to the right may name what stands to the left of it.
    const right = this.#from(nodeOf(node['right']) ?? {}, { seen: left.seen, merged: left.merged, withQueries: scope.withQueries, outer: scope })
    const refType = textOf(node['ref_type'])
    if (!['REGULAR', 'CROSS', 'NATURAL', 'ASOF', 'POSITIONAL'].includes(refType)) throw new Refused('unread-form', `a join of the kind ${refType.toLowerCase()} is not read`)
    const type = textOf(node['join_type'])
    const kind = refType === 'POSITIONAL' || refType === 'ASOF' ? refType : type === 'OUTER' ? 'FULL' : type as JoinKind
    if (!['INNER', 'LEFT', 'RIGHT', 'FULL', 'SEMI', 'ANTI', 'ASOF', 'POSITIONAL'].includes(kind) || (kind === 'ASOF' && type !== 'INNER' && type !== 'LEFT')) throw new Refused('unread-form', `a join of the kind ${type.toLowerCase()} is not read`)
    const using = refType === 'NATURAL' ? commonNames(left.seen, right.seen) : textsOf(node['using_columns'])
    const merged = new Map([...right.merged, ...left.merged])
    const equal = using.map((name, i) => {
      const [ours, theirs] = [left, right].map(({ seen, merged: own }) => own.get(name.toLowerCase()) ?? seen.map((one) => columnOfSeen(one, name)).find((one) => one !== undefined)) as [TreeNode | undefined, TreeNode | undefined]
      if (ours === undefined || theirs === undefined) throw new Refused('unknown-columns', `nobody knows what "${name}" is`)
      merged.set(name.toLowerCase(), kind === 'RIGHT' ? theirs : kind === 'FULL' ? { class: 'OPERATOR', type: 'OPERATOR_COALESCE', alias: '', children: [ours, theirs] } : ours)
      // The last one of an ASOF join is the one that is the nearest.
      return compare(kind === 'ASOF' && i === using.length - 1 ? 'COMPARE_GREATERTHANOREQUALTO' : 'COMPARE_EQUAL', ours, theirs)
    })
    const both: Scope = { seen: [...left.seen, ...right.seen], merged, withQueries: scope.withQueries, outer: scope }
    const on = [...equal, ...conjuncts(isNode(node['condition']) ? this.#expression(node['condition'], both) as TreeNode : undefined)]
    const own: TreeNode = { ...node, left: left.tree.node, right: right.tree.node, condition: and(on) ?? null, using_columns: [], ref_type: refType === 'NATURAL' ? (on.length === 0 ? 'CROSS' : 'REGULAR') : refType }
    const isHalf = kind === 'SEMI' || kind === 'ANTI'
    return { tree: { kind: 'join', join: kind, left: left.tree, right: right.tree, on, node: own }, seen: isHalf ? left.seen : both.seen, merged: isHalf ? left.merged : merged }
  }

  #free(name: string): string {
    for (let n = 1; ; n += 1) {
      const own = n === 1 ? name : `${name}_${n}`
      if (this.#taken.has(own.toLowerCase())) continue
      this.#taken.add(own.toLowerCase())
      return own
    }
  }
}

function limitOf(node: TreeNode): Limit | undefined {
  const modifiers = nodesOf(node['modifiers'])
  const limits = modifiers.filter((one) => one['type'] === 'LIMIT_MODIFIER' || one['type'] === 'LIMIT_PERCENT_MODIFIER')
  if (limits.length === 0) return undefined
  const [limit] = limits
  const [count, offset] = [nodeOf(limit?.['limit']), nodeOf(limit?.['offset'])]
  const isCounted = limits.length === 1 && limit?.['type'] === 'LIMIT_MODIFIER' && count !== undefined
  const list = isCounted ? { ...node, modifiers: modifiers.map((one) => (one === limit ? { ...one, limit: offset === undefined ? count : { ...call('+', [count, offset]), is_operator: true }, offset: null } : one)) } : undefined
  return { ...(list !== undefined && { list }), hasOffset: limits.some((one) => isNode(one['offset'])), isOrdered: modifiers.some((one) => one['type'] === 'ORDER_MODIFIER'), before: { ...node, modifiers: modifiers.filter((one) => !limits.includes(one)) } }
}

function freeName(name: string, outputs: readonly Output[]): string {
  const taken = (one: string): boolean => outputs.some((output) => output.name.toLowerCase() === one.toLowerCase())
  let own = name
  for (let n = 1; taken(own); n += 1) own = `${name}_${n}`
  return own
}

const commonNames = (left: readonly Seen[], right: readonly Seen[]): readonly string[] => {
  const theirs = new Set(right.flatMap(({ shown }) => shown.map((name) => name.toLowerCase())))
  return [...new Set(left.flatMap(({ shown }) => shown))].filter((name) => theirs.has(name.toLowerCase()))
}
