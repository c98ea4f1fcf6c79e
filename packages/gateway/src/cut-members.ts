// The members of a JSON object as the texts that they are, so that numbers keep every digit.

/** `{"a":1,"b":{"c":2}}` → a: `1`, b: `{"c":2}`. The text is an engine's own: one object, whole, without white space outside of texts. */
export function cutMembers(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>()
  for (let at = 1; at < text.length - 1;) {
    const nameEnd = endOfText(text, at)
    const start = nameEnd + 1
    const end = endOfValue(text, start)
    members.set(JSON.parse(text.slice(at, nameEnd)) as string, text.slice(start, end))
    at = end + 1
  }
  return members
}

/** Behind the closing quote of the text that begins here. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

/** At the comma or bracket behind the value that begins here. */
function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const letter = text[at]
    if (letter === '"') at = endOfText(text, at) - 1
    else if (letter === '{' || letter === '[') depth += 1
    else if ((letter === ',' && depth === 0) || ((letter === '}' || letter === ']') && depth-- === 0)) return at
  }
  return text.length
}
