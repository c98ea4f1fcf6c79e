// Small questions to nodes of a tree.

import type { TreeNode, TreeValue } from '@tulle/sql'
import { isNode } from '@tulle/sql'

export const textOf = (value: TreeValue | undefined): string => (typeof value === 'string' ? value : '')
export const nodesOf = (value: TreeValue | undefined): readonly TreeNode[] => (Array.isArray(value) ? (value as readonly TreeValue[]).filter(isNode) : [])
export const textsOf = (value: TreeValue | undefined): readonly string[] => (Array.isArray(value) ? (value as readonly TreeValue[]).map(textOf) : [])
export const nodeOf = (value: TreeValue | undefined): TreeNode | undefined => (isNode(value) ? value : undefined)

/** The value of a constant as text; undefined for NULL and for what is none. */
export function constantOf(value: TreeValue | undefined): string | undefined {
  const constant = isNode(value) && value['class'] === 'CONSTANT' ? nodeOf(value['value']) : undefined
  return constant === undefined ? undefined : plainValue(constant)
}

/** Of what a constant holds. */
export function plainValue(constant: TreeNode): string | undefined {
  const { value, is_null: isNull } = constant
  return isNull !== false || value === null || value === undefined || typeof value === 'object' && !('isLosslessNumber' in value) ? undefined : String(value)
}

/** The name that a result's column has where the statement gives none. */
export function nameOf(node: TreeNode): string {
  const alias = textOf(node['alias'])
  if (alias !== '') return alias
  const names = textsOf(node['column_names'])
  if (names.length > 0) return names.at(-1) ?? ''
  if (node['class'] === 'FUNCTION' && node['is_operator'] !== true) {
    const name = textOf(node['function_name'])
    // A member that is taken from a struct gives its name.
    const children = nodesOf(node['children'])
    if (name === 'struct_extract') return constantOf(children[1]) ?? name
    return name === 'unnest' || name === 'count_star' ? (name === 'count_star' ? 'count_star()' : nameOf(children[0] ?? {})) : `${name}(${children.map(spelled).join(', ')})`
  }
  if (node['type'] === 'STRUCT_EXTRACT') return constantOf(nodesOf(node['children'])[1]) ?? ''
  return spelled(node)
}

function spelled(node: TreeNode): string {
  const names = textsOf(node['column_names'])
  if (names.length > 0) return names.at(-1) ?? ''
  const constant = constantOf(node)
  if (constant !== undefined) return constant
  const called = textOf(node['function_name'])
  return called !== '' && node['is_operator'] !== true ? nameOf(node) : called || textOf(node['type']).toLowerCase()
}
