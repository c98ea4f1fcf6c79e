// Whether a subject takes a new schema, by its level: which older ones it is held against, and in which direction.

import { reading } from './schema-fault.ts'
import type { CompatibilityLevel, Understood } from './types.ts'

/** `history` oldest first. What stands in the way, one sentence each; empty where the schema may come. */
export function judgeCompatibility(level: CompatibilityLevel, next: Understood, history: readonly Understood[]): readonly string[] {
  if (level === 'NONE') return []
  const transitive = level.endsWith('_TRANSITIVE')
  const against = transitive ? history.toReversed() : history.slice(-1)
  const direction = level.replace('_TRANSITIVE', '')
  return [...new Set(against.flatMap((old): readonly string[] => {
    if (old.type !== next.type) return [`the schema is ${next.type}, what is there is ${old.type}`]
    const judged = reading(next.type, () => [
      ...(direction === 'FORWARD' ? [] : next.follows(old)),
      ...(direction === 'BACKWARD' ? [] : old.follows(next).map((problem) => (direction === 'FULL' ? `for readers of the old schema: ${problem}` : problem))),
    ])
    return judged.ok ? judged.value : judged.diagnostics.map(({ message }) => message)
  }))]
}
