// Finds where a block comment ends, by PostgreSQL's rule that comments nest.

/** The position behind the comment that opens at `start`; undefined where it never ends. */
export function endOfComment(text: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith('/*', at)) {
      depth += 1
      at += 1
    } else if (text.startsWith('*/', at)) {
      depth -= 1
      at += 1
      if (depth === 0) return at + 1
    }
  }
  return undefined
}
