// Code to the form in which a comment, a line break or the case of a keyword makes no difference. What could make one
// stays: texts, quoted names, the case of other names (it names columns), every sign.

const KEYWORDS = new Set('select from where group by order having limit offset with recursive as on using join left right full inner outer cross lateral union all except intersect distinct case when then else end and or not in is null between like ilike exists cast over partition rows range preceding following unbounded current row asc desc nulls first last values true false qualify window filter interval date timestamp'.split(' '))

// Templates' comments and tags, SQL's comments, texts, quoted names, words, numbers, dollar-quoted texts, any other sign.
const TOKEN = /\{#[\s\S]*?#\}|--[^\n]*|\/\*[\s\S]*?\*\/|(\s+)|('(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$[\s\S]*?\$\$)|([A-Za-z_\u0080-\uffff][\w\u0080-\uffff$]*)|(\d[\w.]*)|(\{[{%][-+]?|[-+]?[%}]\}|<>|<=|>=|!=|::|\|\||->>?|[\s\S])/gu

export function normalForm(code: string): string {
  const tokens: string[] = []
  for (const [, space, text, word, number, sign] of code.matchAll(TOKEN)) {
    if (space !== undefined) continue
    if (word !== undefined) tokens.push(KEYWORDS.has(word.toLowerCase()) ? word.toLowerCase() : word)
    else if (text !== undefined) tokens.push(text)
    else if (number !== undefined) tokens.push(number)
    else if (sign !== undefined) tokens.push(sign.startsWith('{') ? sign.slice(0, 2) : sign.endsWith('}') && sign.length > 1 ? sign.slice(-2) : sign)
  }
  while (tokens.at(-1) === ';') tokens.pop()
  return tokens.join(' ')
}
