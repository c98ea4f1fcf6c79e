// The columns that `*` and COLUMNS stand for.

import type { TreeNode, TreeValue } from '@tulle/sql'
import { isNode } from '@tulle/sql'
import { constantOf, nodeOf, nodesOf, textOf, textsOf } from './node.ts'
import type { Column, Reading, Relation, Scope } from './scope.ts'

/** Of one `*`, in order, EXCLUDE, REPLACE, RENAME and the choice of COLUMNS applied. */
export function starColumns(reading: Reading, star: TreeNode, scope: Scope): readonly Column[] {
  const of = textOf(star['relation_name']).toLowerCase()
  const inner = nodeOf(star['expr'])
  // COLUMNS(*) holds another one, with the exclusions.
  const listed = inner !== undefined && inner['class'] === 'STAR' ? starColumns(reading, inner, scope) : allOf(scope, of)
  const excluded = new Set([...textsOf(star['exclude_list']).map((name) => name.toLowerCase()), ...nodesOf(star['qualified_exclude_list']).map((name) => textOf(name['column']).toLowerCase())])
  const replaced = new Map(nodesOf(star['replace_list']).map((entry) => [textOf(entry['key']).toLowerCase(), nodeOf(entry['value'])]))
  const renamed = new Map(nodesOf(star['rename_list']).map((entry) => [textOf(nodeOf(entry['key'])?.['column']).toLowerCase(), textOf(entry['value'])]))
  const kept = listed.filter(({ name, open }) => open !== undefined || !excluded.has(name.toLowerCase()))
  const chosen = inner === undefined || inner['class'] === 'STAR' ? kept : choose(reading, kept, inner)
  return chosen.map((column) => {
    const lower = column.name.toLowerCase()
    const replacement = replaced.get(lower)
    return { ...column, ...(replacement !== undefined && { flow: reading.expression(replacement, scope) }), ...(renamed.has(lower) && { name: renamed.get(lower) ?? '' }) }
  })
}

/** Columns of USING once, where the first of them stands. */
function allOf({ from, outer }: Scope, of: string): readonly Column[] {
  if (of !== '') {
    const named = from.relations.find(({ alias }) => alias === of)
    return named?.columns ?? (outer === undefined ? [] : allOf(outer, of))
  }
  const seen = new Set<string>()
  return from.relations.flatMap(({ columns }: Relation) => columns.flatMap((column): readonly Column[] => {
    const lower = column.name.toLowerCase()
    const merged = column.open === undefined ? from.merged.get(lower) : undefined
    if (merged === undefined) return [column]
    if (seen.has(lower)) return []
    seen.add(lower)
    return [{ ...column, flow: merged }]
  }))
}

/** COLUMNS of a pattern, a list of names or a lambda; what cannot be told is kept and said. */
function choose(reading: Reading, columns: readonly Column[], by: TreeNode): readonly Column[] {
  const pattern = constantOf(by)
  if (pattern !== undefined) {
    const matches = matcher(pattern)
    if (matches !== undefined) {
      // A pattern without its stars is a column's name.
      return columns.filter(({ name, open }) => open !== undefined || matches(name))
    }
  }
  const names = by['type'] === 'ARRAY_CONSTRUCTOR' || textOf(by['function_name']) === 'list_value' ? nodesOf(by['children']).map(constantOf) : undefined
  if (names !== undefined && !names.includes(undefined)) {
    const known = names.map((name) => columns.find((column) => column.name.toLowerCase() === name?.toLowerCase()))
    return known.filter((column) => column !== undefined)
  }
  const lambda = nodesOf(by['children']).find((child) => child['class'] === 'LAMBDA')
  const parameter = textsOf(nodeOf(lambda?.['lhs'])?.['column_names'])[0]
  return columns.filter(({ name, open }) => {
    const isChosen = lambda === undefined || parameter === undefined || open !== undefined ? undefined : holds(nodeOf(lambda['expr']), { parameter, name })
    if (isChosen === undefined) reading.guesses.add('Which columns a COLUMNS chooses cannot be told.')
    return isChosen !== false
  })
}

interface Asked { readonly parameter: string; readonly name: string }

/** What a condition on the name of a column says; undefined where that is not plain. */
function holds(node: TreeNode | undefined, asked: Asked): boolean | undefined {
  if (node === undefined) return undefined
  const children = nodesOf(node['children'])
  switch (node['type']) {
    case 'CONJUNCTION_AND': case 'CONJUNCTION_OR': {
      const parts = children.map((child) => holds(child, asked))
      const ends = node['type'] === 'CONJUNCTION_OR'
      return parts.includes(ends) ? ends : parts.includes(undefined) ? undefined : !ends
    }
    case 'OPERATOR_NOT': {
      const part = holds(children[0], asked)
      return part === undefined ? undefined : !part
    }
    case 'COMPARE_EQUAL': case 'COMPARE_NOTEQUAL': {
      const [left, right] = [valueOf(node['left'], asked), valueOf(node['right'], asked)]
      return left === undefined || right === undefined ? undefined : (left === right) === (node['type'] === 'COMPARE_EQUAL')
    }
    case 'COMPARE_IN': case 'COMPARE_NOT_IN': {
      const [value, ...others] = children.map((child) => valueOf(child, asked))
      return value === undefined || others.includes(undefined) ? undefined : others.includes(value) === (node['type'] === 'COMPARE_IN')
    }
    case 'FUNCTION': {
      const [value, pattern] = children.map((child) => valueOf(child, asked))
      return value === undefined || pattern === undefined ? undefined : testOf(textOf(node['function_name']), value, pattern)
    }
    default:
      return undefined
  }
}

function valueOf(node: TreeValue | undefined, { parameter, name }: Asked): string | undefined {
  if (!isNode(node)) return undefined
  if (node['class'] === 'COLUMN_REF') return textsOf(node['column_names']).at(-1)?.toLowerCase() === parameter.toLowerCase() ? name : undefined
  if (node['class'] === 'FUNCTION' && ['lower', 'lcase'].includes(textOf(node['function_name']))) return valueOf(nodesOf(node['children'])[0], { parameter, name })?.toLowerCase()
  return constantOf(node)
}

/** Tests of a text by a function of the engine. */
export function testOf(called: string, value: string, pattern: string): boolean | undefined {
  switch (called) {
    case '~~': return like(pattern, '').test(value)
    case '~~*': return like(pattern, 'i').test(value)
    case '!~~': return !like(pattern, '').test(value)
    case '!~~*': return !like(pattern, 'i').test(value)
    case 'starts_with': case 'prefix': case '^@': return value.startsWith(pattern)
    case 'ends_with': case 'suffix': return value.endsWith(pattern)
    case 'contains': return value.includes(pattern)
    case 'regexp_matches': return matcher(pattern)?.(value)
    case 'regexp_full_match': case '~': return matcher(`^(?:${pattern})$`)?.(value)
    default: return undefined
  }
}

const like = (pattern: string, flags: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&').replaceAll('%', '[\\s\\S]*').replaceAll('_', '[\\s\\S]')}$`, `${flags}u`)

/** The engine's expressions are plainer than ours: where they differ, nothing is concluded. Long ones are not tried: ours may take for ever. */
function matcher(pattern: string): ((name: string) => boolean) | undefined {
  if (pattern.length > 200 || /\([^)]*[+*][^)]*\)[+*{]/u.test(pattern)) return undefined
  try {
    const insensitive = pattern.startsWith('(?i)')
    const expression = new RegExp(insensitive ? pattern.slice(4) : pattern, insensitive ? 'iu' : 'u')
    return (name) => expression.test(name)
  } catch {
    return undefined
  }
}
