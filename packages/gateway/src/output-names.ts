// How PostgreSQL would call the columns of a query that gives no names: `count`, where DuckDB says `count_star()`.
// Reads DuckDB's tree; where it is not sure it says nothing, and the engine's name stays.

import type { Tree, TreeNode, TreeValue } from '@tulle/sql'

/** Names from the left up to the first `*`, and from the right up to the last one. */
export interface OutputNames {
  readonly head: readonly (string | undefined)[]
  readonly tail: readonly (string | undefined)[]
}

export function outputNamesOf(tree: Tree): OutputNames {
  const list = selectList(nodeOf(tree.statements[0]?.['node']))
  const star = list.findIndex(spreads)
  const lastStar = list.findLastIndex(spreads)
  return { head: list.slice(0, star < 0 ? list.length : star).map(nameOf), tail: star < 0 ? [] : list.slice(lastStar + 1).map(nameOf) }
}

/** The columns under the names that a PostgreSQL client expects. */
export function withOutputNames<C extends { readonly name: string }>(columns: readonly C[], { head, tail }: OutputNames): readonly C[] {
  return columns.map((column, i) => {
    const name = i < head.length ? head[i] : tail[tail.length - (columns.length - i)]
    return name === undefined ? column : { ...column, name }
  })
}

const nodeOf = (value: TreeValue | undefined): TreeNode | undefined => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TreeNode) : undefined)
const listOf = (value: TreeValue | undefined): readonly TreeNode[] => (Array.isArray(value) ? (value as readonly TreeValue[]).map(nodeOf).filter((node) => node !== undefined) : [])
const textOf = (value: TreeValue | undefined): string => (typeof value === 'string' ? value : '')

// A union is called as its first query is.
function selectList(query: TreeNode | undefined): readonly TreeNode[] {
  if (query === undefined) return []
  return textOf(query['type']) === 'SET_OPERATION_NODE' ? selectList(nodeOf(query['left'])) : listOf(query['select_list'])
}

const spreads = (item: TreeNode): boolean => textOf(item['class']) === 'STAR' || (textOf(item['type']) === 'FUNCTION' && ['unnest', 'columns'].includes(textOf(item['function_name'])))

const UNNAMED = '?column?'
const CAST_NAMES: Readonly<Record<string, string>> = {
  BOOLEAN: 'bool', TINYINT: 'int2', SMALLINT: 'int2', INTEGER: 'int4', BIGINT: 'int8', FLOAT: 'float4', DOUBLE: 'float8', DECIMAL: 'numeric', VARCHAR: 'text', DATE: 'date', TIME: 'time',
  TIMESTAMP: 'timestamp', 'TIMESTAMP WITH TIME ZONE': 'timestamptz', INTERVAL: 'interval', UUID: 'uuid', BLOB: 'bytea',
}

function nameOf(item: TreeNode): string | undefined {
  const alias = textOf(item['alias'])
  if (alias !== '') return undefined
  switch (textOf(item['class'])) {
    case 'COLUMN_REF':
      return undefined
    case 'FUNCTION':
    case 'WINDOW':
      return functionName(item)
    case 'CAST': {
      const inner = nodeOf(item['child'])
      const given = inner === undefined ? undefined : strongName(inner)
      return given ?? CAST_NAMES[textOf(nodeOf(item['cast_type'])?.['id'])]
    }
    case 'CASE':
      return 'case'
    case 'OPERATOR':
      return textOf(item['type']) === 'OPERATOR_COALESCE' ? 'coalesce' : textOf(item['type']) === 'ARRAY_EXTRACT' ? undefined : UNNAMED
    case 'SUBQUERY':
      return textOf(item['subquery_type']) === 'EXISTS' ? 'exists' : undefined
    case 'CONSTANT':
    case 'COMPARISON':
    case 'CONJUNCTION':
    case 'BETWEEN':
      return UNNAMED
    default:
      return undefined
  }
}

function functionName(item: TreeNode): string | undefined {
  const name = textOf(item['function_name'])
  if (item['is_operator'] === true || name === '') return name === '' ? undefined : UNNAMED
  return name === 'count_star' ? 'count' : name === 'list_value' ? 'array' : name
}

// A column or a function under a cast keeps its name.
function strongName(item: TreeNode): string | undefined {
  if (textOf(item['class']) === 'FUNCTION') {
    const name = functionName(item)
    return name === UNNAMED ? undefined : name
  }
  const names = item['column_names']
  return textOf(item['class']) === 'COLUMN_REF' && Array.isArray(names) ? textOf((names as readonly TreeValue[]).at(-1)) : undefined
}
