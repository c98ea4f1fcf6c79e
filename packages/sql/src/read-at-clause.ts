// AT (VERSION => …) and AT (TIMESTAMP => …) of DuckDB's tree → the version as it is written out. Nothing is computed here:
// what is no literal is no version.

import { LosslessNumber } from 'lossless-json'
import { isNode } from './parse-tree.ts'
import type { TreeNode, TreeValue, VersionLiteral } from './types.ts'

/** Undefined where the clause holds anything but a literal that its unit takes. */
export function readAtClause({ unit: spelled, expr }: TreeNode): VersionLiteral | undefined {
  const unit = spelled === 'VERSION' ? 'version' : spelled === 'TIMESTAMP' ? 'time' : undefined
  if (unit === undefined || !isNode(expr)) return undefined
  if (expr['class'] === 'CONSTANT') return constantOf(unit, expr['value'])
  const { child, cast_type: type, try_cast: tries } = expr
  if (unit === 'version' || expr['class'] !== 'CAST' || tries !== false || !isNode(child) || child['class'] !== 'CONSTANT' || !isNode(type) || !TIMES.has(type['id'])) return undefined
  const literal = constantOf(unit, child['value'])
  return literal?.kind === 'text' ? literal : undefined
}

const TIMES: ReadonlySet<TreeValue | undefined> = new Set(['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'DATE'])
const INTEGERS: ReadonlySet<TreeValue | undefined> = new Set(['INTEGER', 'BIGINT', 'HUGEINT'])

function constantOf(unit: VersionLiteral['unit'], constant: TreeValue | undefined): VersionLiteral | undefined {
  if (!isNode(constant) || constant['is_null'] !== false || !isNode(constant['type'])) return undefined
  const { value, type } = constant
  if (type['id'] === 'VARCHAR' && typeof value === 'string') return { unit, kind: 'text', text: value }
  return INTEGERS.has(type['id']) && value instanceof LosslessNumber ? { unit, kind: 'number', text: value.value } : undefined
}
