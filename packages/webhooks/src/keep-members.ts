// Some members of a JSON object, as they are written: numbers keep every digit, which a parser would not.

/** The object with those of its members that are named; text that is no object stays as it is. Pure. */
export function keepMembers(text: string, names: ReadonlySet<string>): string {
  const kept: string[] = []
  let at = text.indexOf('{') + 1
  if (at === 0) return text
  while (at < text.length && text[at] !== '}') {
    const start = at
    const nameEnd = endOfValue(text, at)
    const name = JSON.parse(text.slice(start, nameEnd)) as string
    const end = endOfValue(text, text.indexOf(':', nameEnd) + 1)
    if (names.has(name)) kept.push(text.slice(start, end))
    at = text[end] === ',' ? end + 1 : end
    while (text[at] === ' ' || text[at] === '\n') at += 1
  }
  return `{${kept.join(',')}}`
}

/** Where the value that begins here ends: at a comma or a bracket of what is around it, or behind a name. */
function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const sign = text[at]
    if (sign === '"') {
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1
      continue
    }
    if (sign === '{' || sign === '[') depth += 1
    else if (depth === 0 && (sign === ',' || sign === '}' || sign === ']' || sign === ':')) return at
    else if (sign === '}' || sign === ']') depth -= 1
  }
  return text.length
}
