// What a statement may take from the columns of what it reads: a generous answer, for whoever has to be told.

import { isNode } from './parse-tree.ts'
import type { Tree, TreeValue } from './types.ts'

/**
 * Every word in the tree that could be the name of a column, in lower case; `all` where the statement takes columns that it does not
 * name (`*`, a natural join). A text that is spelled like a column counts too: nobody is left out who might be hit.
 */
export function namesIn(tree: Tree): ReadonlySet<string> | 'all' {
  const names = new Set<string>()
  const waiting: TreeValue[] = [...tree.statements]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') names.add(value.toLowerCase())
    else if (Array.isArray(value)) waiting.push(...(value as readonly TreeValue[]))
    else if (isNode(value)) {
      if (value['class'] === 'STAR' || value['ref_type'] === 'NATURAL') return 'all'
      for (const member of Object.values(value)) if (member !== undefined) waiting.push(member)
    }
  }
  return names
}
