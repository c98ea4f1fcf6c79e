// A text in any dialect of SQL to its words: names with their quotes off, texts, signs. Comments are left out.

export interface Word {
  /** `name` is a word as it stands; `quoted` one in quotes of some kind, which is never a keyword; `text` a literal. */
  readonly kind: 'name' | 'quoted' | 'text' | 'sign'
  readonly text: string
}

const QUOTES: Readonly<Record<string, string>> = { '"': '"', '`': '`', '[': ']' }

/** Never fails: a quote without its end ends with the text. */
export function splitWords(sql: string): readonly Word[] {
  const words: Word[] = []
  let at = 0
  while (at < sql.length) {
    const character = sql[at] as string
    const rest = sql.slice(at, at + 2)
    if (/\s/u.test(character)) at += 1
    else if (rest === '--') at = endOf(sql, '\n', at)
    else if (rest === '/*') at = endOf(sql, '*/', at)
    else if (character === "'") {
      const end = endOfQuoted(sql, at, "'")
      words.push({ kind: 'text', text: sql.slice(at + 1, end - 1).replaceAll("''", "'") })
      at = end
    } else if (QUOTES[character] !== undefined && (character !== '[' || !isIndexed(words.at(-1)))) {
      const close = QUOTES[character]
      const end = endOfQuoted(sql, at, close)
      words.push({ kind: 'quoted', text: sql.slice(at + 1, end - 1).replaceAll(close + close, close) })
      at = end
    } else {
      const name = /^[\p{L}\p{N}_$@#]+/u.exec(sql.slice(at, at + 300))?.[0]
      words.push(name === undefined ? { kind: 'sign', text: character } : { kind: 'name', text: name })
      at += name?.length ?? 1
    }
  }
  return words
}

/** `a[1]` is an element, `from [a]` a name. */
const isIndexed = (before: Word | undefined): boolean => before !== undefined && (before.text === ')' || before.text === ']' || (before.kind === 'name' && !/^(?:from|join|into|table|update|using|as|select|on|and|or|where|by|set)$/iu.test(before.text)))

const endOf = (sql: string, end: string, from: number): number => {
  const at = sql.indexOf(end, from)
  return at < 0 ? sql.length : at + end.length
}

function endOfQuoted(sql: string, from: number, quote: string): number {
  for (let at = from + 1; at < sql.length; at += 1) {
    if (sql[at] !== quote) continue
    if (sql[at + 1] !== quote) return at + 1
    at += 1
  }
  return sql.length + 1
}
