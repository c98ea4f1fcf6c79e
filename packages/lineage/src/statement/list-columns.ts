// The columns of a SELECT list, stars and COLUMNS written out.

import type { TreeNode } from '@tulle/sql'
import { isNode } from '@tulle/sql'
import type { Flow } from './flow.ts'
import { deciding, join, JOIN } from './flow.ts'
import { constantOf, nameOf, nodesOf, textOf, textsOf } from './node.ts'
import type { Column, Reading, Scope } from './scope.ts'
import { starColumns, testOf } from './star.ts'

export interface Listed {
  readonly columns: readonly Column[]
  /** Lists that were unnested decide how many rows there are. */
  readonly rows: Flow
  /** What GROUP BY ALL groups by. */
  readonly grouped: readonly Flow[]
}

export interface Listing {
  readonly scope: Scope
  /** Grows: an expression may name an alias before it. */
  readonly aliases: Map<string, Flow>
  readonly isAggregate: (node: TreeNode) => boolean
}

export function listColumns(reading: Reading, items: readonly TreeNode[], { scope, aliases, isAggregate }: Listing): Listed {
  const columns: Column[] = []
  const grouped: Flow[] = []
  const unnested: Flow[] = []
  for (const item of items) {
    const own = columnsOf(reading, item, scope)
    columns.push(...own)
    if (!isAggregate(item)) grouped.push(...own.map(({ flow }) => flow))
    unnested.push(...unnestedIn(item).map((argument) => reading.expression(argument, scope)))
    const alias = textOf(item['alias']).toLowerCase()
    if (alias !== '' && own[0] !== undefined) aliases.set(alias, join(own.map(({ flow }) => flow)))
  }
  return { columns, grouped, rows: deciding(unnested, JOIN) }
}

function columnsOf(reading: Reading, item: TreeNode, scope: Scope): readonly Column[] {
  if (item['class'] === 'STAR') return starColumns(reading, item, scope)
  const children = nodesOf(item['children'])
  const name = textOf(item['function_name'])
  // `* LIKE 'a%'`
  if (item['class'] === 'FUNCTION' && children[0]?.['class'] === 'STAR' && children[0]['columns'] !== true && STAR_TESTS.has(name)) {
    const pattern = constantOf(children[1]) ?? ''
    return starColumns(reading, children[0], scope).filter((column) => column.open !== undefined || testOf(name, column.name, pattern) !== false)
  }
  const stars = starsIn(item)
  if (stars.length > 0) return perColumn(reading, item, { stars, scope })
  const flow = reading.expression(item, scope)
  if (item['class'] === 'FUNCTION' && name === 'unnest') return unnest(item, { flow, scope })
  const type = item['class'] === 'COLUMN_REF' ? typeOf(scope, textsOf(item['column_names'])) : undefined
  return [{ name: nameOf(item), flow, ...(type !== undefined && { type }) }]
}

const STAR_TESTS: ReadonlySet<string> = new Set(['~~', '~~*', '!~~', '!~~*', 'regexp_full_match', '~'])

/** COLUMNS within an expression, but those that are spread into one call. */
function starsIn(node: TreeNode): readonly TreeNode[] {
  if (node['class'] === 'STAR') return node['columns'] === true ? [node] : []
  if (node['class'] === 'SUBQUERY' || node['type'] === 'OPERATOR_UNPACK') return []
  return Object.values(node).flatMap((value) => (isNode(value) ? starsIn(value) : nodesOf(value).flatMap(starsIn)))
}

/** The expression once for each column that its COLUMNS choose. */
function perColumn(reading: Reading, item: TreeNode, { stars, scope }: { readonly stars: readonly TreeNode[]; readonly scope: Scope }): readonly Column[] {
  const chosen = stars.map((star) => starColumns(reading, star, scope))
  return (chosen[0] ?? []).map((column, i) => {
    const before = new Map(reading.stars)
    for (const [k, star] of stars.entries()) reading.stars.set(star, chosen[k]?.[i]?.flow ?? column.flow)
    const flow = reading.expression(item, scope)
    reading.stars.clear()
    for (const [star, was] of before) reading.stars.set(star, was)
    return { name: (textOf(item['alias']) || '\\0').replaceAll('\\0', column.name), flow }
  })
}

function unnestedIn(node: TreeNode): readonly TreeNode[] {
  if (node['class'] === 'SUBQUERY') return []
  const children = nodesOf(node['children'])
  if (node['class'] === 'FUNCTION' && textOf(node['function_name']) === 'unnest' && children[0] !== undefined) return [children[0]]
  return Object.values(node).flatMap((value) => (isNode(value) ? unnestedIn(value) : nodesOf(value).flatMap(unnestedIn)))
}

/** A struct becomes a column for each member. */
function unnest(item: TreeNode, { flow, scope }: { readonly flow: Flow; readonly scope: Scope }): readonly Column[] {
  const argument = nodesOf(item['children'])[0] ?? {}
  const members = argument['class'] === 'COLUMN_REF' ? membersOf(typeOf(scope, textsOf(argument['column_names'])), nodesOf(item['children']).length > 1) : undefined
  return members === undefined ? [{ name: nameOf(item), flow }] : members.map((name) => ({ name, flow }))
}

function typeOf({ from, outer }: Scope, names: readonly string[]): string | undefined {
  const last = names.at(-1)?.toLowerCase()
  const of = names.length > 1 ? names.at(-2)?.toLowerCase() : undefined
  const found = from.relations.filter(({ alias }) => of === undefined || alias === of).flatMap(({ columns }) => columns).find(({ name }) => name.toLowerCase() === last)
  return found?.type ?? (found === undefined && outer !== undefined ? typeOf(outer, names) : undefined)
}

/** Names of a STRUCT's members, as the engine spells it; with `throughLists` also of the structs in a list. */
export function membersOf(type: string | undefined, throughLists: boolean): readonly string[] | undefined {
  const shape = throughLists ? type?.replace(/(?:\[\d*\])+$/u, '') : type
  if (shape === undefined || !shape.startsWith('STRUCT(') || !shape.endsWith(')')) return undefined
  const names: string[] = []
  let depth = 0
  let part = ''
  for (const character of `${shape.slice(7, -1)},`) {
    if (character === '(') depth += 1
    if (character === ')') depth -= 1
    if (character === ',' && depth === 0) {
      names.push(/^\s*(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>\S+))/u.exec(part)?.slice(1).find((one) => one !== undefined)?.replaceAll('""', '"') ?? part.trim())
      part = ''
    } else part += character
  }
  return names
}

