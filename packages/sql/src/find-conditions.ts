// What the WHERE of each query demands of the tables in its FROM, as far as that is plain: comparisons of a column with a
// literal that all must hold. Whoever reads a table for that place may leave out what meets none of them. Where anything
// is unusual, nothing is concluded: no condition is always right.

import { LosslessNumber } from 'lossless-json'
import { lowerName } from './check-call.ts'
import { isNode } from './parse-tree.ts'
import type { Comparison, Condition, Literal, Tree, TreeNode, TreeValue } from './types.ts'

/** `all` says that nothing else stands in the WHERE, or beside the table. */
export interface FoundConditions { readonly conditions: readonly Condition[]; readonly all: boolean }

/** By the offset of the table's reference: conditions that hold for every row of it that the query lets pass. */
export function findConditions(tree: Tree): ReadonlyMap<number, FoundConditions> {
  const found = new Map<number, FoundConditions>()
  const twice = new Set<number>()
  visit(tree.statements, (select) => {
    for (const [offset, conditions] of conditionsOf(select)) {
      // A place that stands in the tree more than once is read more than once.
      if (found.has(offset)) twice.add(offset)
      found.set(offset, conditions)
    }
  })
  for (const offset of twice) found.delete(offset)
  return found
}

function visit(value: TreeValue | undefined, onSelect: (node: TreeNode) => void): void {
  if (Array.isArray(value)) for (const item of value as readonly TreeValue[]) visit(item, onSelect)
  else if (isNode(value)) {
    if (value['type'] === 'SELECT_NODE') onSelect(value)
    for (const inner of Object.values(value)) visit(inner, onSelect)
  }
}

interface Table { readonly offset: number; readonly name: string; readonly schema: string; readonly alias: string; readonly prunable: boolean }

function conditionsOf(select: TreeNode): readonly (readonly [number, FoundConditions])[] {
  const tables = tablesOf(select['from_table'], true)
  if (tables === undefined || select['sample'] !== null || !isNode(select['where_clause'])) return []
  const aliases = new Set(tables.map(({ alias }) => alias))
  if (aliases.size < tables.length) return []
  const conjuncts = conjunctsOf(select['where_clause'])
  const shadowed = new Set(nodesOf(select['select_list']).map((item) => lowerName(textOf(item['alias']))))
  return tables.filter(({ prunable }) => prunable).flatMap((table) => {
    const columnOf = (node: TreeValue | undefined): string | undefined => columnName(node, table, tables.length === 1 ? shadowed : undefined)
    const conditions = conjuncts.map((node) => conditionOf(node, columnOf)).filter((condition) => condition !== undefined)
    return conditions.length === 0 ? [] : [[table.offset, { conditions, all: tables.length === 1 && conditions.length === conjuncts.length }] as const]
  })
}

/** The tables of a FROM that has nothing else; undefined otherwise. What an outer join may fill with nulls is not prunable. */
function tablesOf(from: TreeValue | undefined, prunable: boolean): readonly Table[] | undefined {
  if (!isNode(from) || from['sample'] !== null) return undefined
  if (from['type'] === 'BASE_TABLE') {
    const offset = Number(String(from['query_location']))
    const plain = nodesOf(from['column_name_alias']).length === 0 && (from['column_name_alias'] as readonly TreeValue[]).length === 0
    const name = lowerName(textOf(from['table_name']))
    return [{ offset, name, schema: lowerName(textOf(from['schema_name'])), alias: lowerName(textOf(from['alias'])) || name, prunable: prunable && plain && Number.isSafeInteger(offset) }]
  }
  if (from['type'] !== 'JOIN' || !['REGULAR', 'CROSS'].includes(textOf(from['ref_type'])) || !['INNER', 'LEFT'].includes(textOf(from['join_type']))) return undefined
  const left = tablesOf(from['left'], prunable)
  const right = tablesOf(from['right'], prunable && from['join_type'] === 'INNER')
  return left === undefined || right === undefined ? undefined : [...left, ...right]
}

function conjunctsOf(node: TreeNode): readonly TreeNode[] {
  return node['type'] === 'CONJUNCTION_AND' ? nodesOf(node['children']).flatMap(conjunctsOf) : [node]
}

/** A column of the table: with its name before it, or alone where there is no other table and no name of a result is like it. */
function columnName(node: TreeValue | undefined, table: Table, alone: ReadonlySet<string> | undefined): string | undefined {
  const names = isNode(node) && node['class'] === 'COLUMN_REF' ? node['column_names'] : undefined
  if (!Array.isArray(names)) return undefined
  const [first = '', second = '', third] = (names as readonly TreeValue[]).map((name) => lowerName(textOf(name)))
  if (names.length === 1) return alone === undefined || alone.has(first) ? undefined : first
  if (names.length === 2) return first === table.alias ? second : undefined
  return names.length === 3 && first === table.schema && second === table.name && second === table.alias ? third : undefined
}

const OPERATORS: Readonly<Record<string, Comparison>> = {
  COMPARE_EQUAL: '=', COMPARE_LESSTHAN: '<', COMPARE_LESSTHANOREQUALTO: '<=', COMPARE_GREATERTHAN: '>', COMPARE_GREATERTHANOREQUALTO: '>=',
}
const FLIPPED: Readonly<Record<Comparison, Comparison>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

function conditionOf(node: TreeNode, columnOf: (node: TreeValue | undefined) => string | undefined): Condition | undefined {
  const kind = textOf(node['type'])
  const operator = Object.hasOwn(OPERATORS, kind) ? OPERATORS[kind] : undefined
  const compare = (side: TreeValue | undefined, by: Comparison, other: TreeValue | undefined): Condition | undefined => {
    const [column, day] = [columnOf(side), columnOf(dayOf(side))]
    const literal = literalOf(other)
    if (literal === undefined || (column ?? day) === undefined) return undefined
    return { kind: 'compare', column: (column ?? day) as string, operator: by, literal, ...(day !== undefined && { day: true }) }
  }
  if (operator !== undefined) return compare(node['left'], operator, node['right']) ?? compare(node['right'], FLIPPED[operator], node['left'])
  const [first, ...others] = Array.isArray(node['children']) ? (node['children'] as readonly TreeValue[]) : []
  switch (kind) {
    case 'COMPARE_BETWEEN': {
      const [lower, upper] = [compare(node['input'], '>=', node['lower']), compare(node['input'], '<=', node['upper'])]
      return lower !== undefined && upper !== undefined ? { kind: 'and', of: [lower, upper] } : (lower ?? upper)
    }
    case 'COMPARE_IN': {
      const column = columnOf(first)
      const literals = others.map(literalOf)
      return column === undefined || literals.includes(undefined) ? undefined : { kind: 'in', column, literals: literals as readonly Literal[] }
    }
    case 'OPERATOR_IS_NULL': case 'OPERATOR_IS_NOT_NULL': {
      const column = columnOf(first)
      return column === undefined ? undefined : { kind: kind === 'OPERATOR_IS_NULL' ? 'is-null' : 'is-not-null', column }
    }
    case 'CONJUNCTION_AND': case 'CONJUNCTION_OR': {
      const of = [first, ...others].map((child) => (isNode(child) ? conditionOf(child, columnOf) : undefined))
      return of.includes(undefined) ? undefined : { kind: kind === 'CONJUNCTION_AND' ? 'and' : 'or', of: of as readonly Condition[] }
    }
    case 'FUNCTION': {
      const [column, pattern] = [columnOf(first), literalOf(others[0])]
      const prefix = node['function_name'] === '~~' && pattern?.kind === 'text' ? /^([^%_\\]+)%$/u.exec(pattern.text)?.[1] : undefined
      return column === undefined || prefix === undefined ? undefined : { kind: 'starts-with', column, prefix }
    }
    default:
      return undefined
  }
}

/** What stands in `CAST(… AS DATE)`. */
function dayOf(node: TreeValue | undefined): TreeValue | undefined {
  if (!isNode(node) || node['class'] !== 'CAST' || node['try_cast'] !== false || !isNode(node['cast_type']) || node['cast_type']['id'] !== 'DATE') return undefined
  return isNode(node['child']) && node['child']['class'] === 'COLUMN_REF' ? node['child'] : undefined
}

function literalOf(node: TreeValue | undefined): Literal | undefined {
  if (!isNode(node)) return undefined
  if (node['class'] === 'PARAMETER') return { kind: 'parameter', name: textOf(node['identifier']) }
  if (node['class'] === 'CAST') {
    const { child, cast_type: type } = node
    const [inside, to] = [literalOf(child), isNode(type) ? type['id'] : undefined]
    if (inside?.kind !== 'text' || node['try_cast'] !== false) return undefined
    return to === 'DATE' ? { kind: 'date', text: inside.text } : to === 'TIMESTAMP' ? { kind: 'timestamp', text: inside.text } : undefined
  }
  const constant = node['class'] === 'CONSTANT' ? node['value'] : undefined
  if (!isNode(constant) || constant['is_null'] !== false || !isNode(constant['type'])) return undefined
  const { value, type } = constant
  if (type['id'] === 'VARCHAR' && typeof value === 'string') return { kind: 'text', text: value }
  if (!(value instanceof LosslessNumber) || !/^-?\d+$/u.test(value.value)) return undefined
  if (['INTEGER', 'BIGINT', 'HUGEINT'].includes(textOf(type['id']))) return { kind: 'number', digits: value.value, scale: 0 }
  const scale = type['id'] === 'DECIMAL' && isNode(type['type_info']) ? Number(String(type['type_info']['scale'])) : Number.NaN
  return Number.isSafeInteger(scale) ? { kind: 'number', digits: value.value, scale } : undefined
}

const textOf = (value: TreeValue | undefined): string => (typeof value === 'string' ? value : '')
const nodesOf = (value: TreeValue | undefined): readonly TreeNode[] => (Array.isArray(value) ? (value as readonly TreeValue[]).filter(isNode) : [])
