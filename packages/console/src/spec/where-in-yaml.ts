// Where in a YAML document somebody writes: the way of keys that leads there, by indentation and by brackets, so that it is known while
// the document is half written and parses as nothing.

export interface Spot {
  /** Keys from the root; `#` for an item of a list. */
  readonly way: readonly string[]
  /** For each `#` of the way, the `type` that its item says, if it does. */
  readonly types: readonly (string | undefined)[]
  /** The key whose value is written; without it, a key is. */
  readonly key?: string
  /** Keys that stand beside it already. */
  readonly beside: ReadonlySet<string>
  /** Where the word begins. */
  readonly from: number
}

const KEY = /^((?: *- +)*)( *)("?)([\w.$@/-]+)\3 *:(?:\s|$)/u
const LINE = /^( *(?:- +)*)(.*)$/u

/** Undefined where nothing can be said: in a comment, a text or a quoted value. */
export function whereInYaml(text: string, at: number): Spot | undefined {
  const start = text.lastIndexOf('\n', at - 1) + 1
  const line = text.slice(start, at)
  if (/(?:^|\s)#/u.test(line) || /["'][^"']*$/u.test(line.replaceAll(/"[^"]*"|'[^']*'/gu, ''))) return undefined
  const flow = openFlow(text, at)
  if (flow !== undefined) return inFlow(text, flow, at)
  const [, lead = '', rest = ''] = LINE.exec(line) ?? []
  const lines = text.split('\n')
  const row = text.slice(0, start).split('\n').length - 1
  const value = /^("?)([\w.$@/-]+)\1 *: +([\w.@/-]*)$/u.exec(rest)
  const word = /^[\w.$@/-]*$/u.exec(rest)
  if (value === null && word === null) return undefined
  const outer = climb(lines, row, lead)
  const item = siblings(lines, row, lead.length)
  return { ...outer, types: typesOf(outer, item.type), beside: new Set(item.keys.filter((key) => key !== value?.[2] || value === null)), ...(value?.[2] !== undefined && { key: value[2] }), from: at - (value?.[3] ?? rest).length }
}

const typesOf = ({ way, types }: { readonly way: readonly string[]; readonly types: readonly (string | undefined)[] }, own: string | undefined): readonly (string | undefined)[] =>
  (way.at(-1) === '#' && types.at(-1) === undefined ? [...types.slice(0, -1), own] : types)

/** The keys above a line whose own key stands behind `lead`. */
function climb(lines: readonly string[], row: number, lead: string): { readonly way: readonly string[]; readonly types: readonly (string | undefined)[] } {
  const way: string[] = []
  const types: (string | undefined)[] = []
  // A key belongs to the nearest line above that is further left; an item of a list may stand right below its key.
  let column = lead.length
  let dash = lead.lastIndexOf('-')
  if (dash >= 0) {
    way.unshift('#')
    types.unshift(undefined)
  }
  for (let i = row - 1; i >= 0 && (column > 0 || dash >= 0); i--) {
    const line = lines[i] ?? ''
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue
    const [, start = ''] = LINE.exec(line) ?? []
    const key = KEY.exec(line)?.[4]
    const ownDash = start.lastIndexOf('-')
    if (dash < 0 && start.length === column && ownDash >= 0) {
      // The line that begins the item which the key is of.
      way.unshift('#')
      types.unshift(siblings(lines, i, column).type)
      dash = ownDash
      continue
    }
    const isParent = dash >= 0 ? start.length <= dash && key !== undefined : start.length < column && key !== undefined
    if (!isParent) continue
    way.unshift(key ?? '')
    column = start.length
    dash = ownDash
    if (dash >= 0) {
      way.unshift('#')
      types.unshift(siblings(lines, i, column).type)
    }
  }
  return { way, types }
}

/** The keys of the mapping that a line is of, and its `type`. */
function siblings(lines: readonly string[], at: number, column: number): { readonly keys: readonly string[]; readonly type: string | undefined } {
  const keys: string[] = []
  let type: string | undefined
  const look = (line: string): 'on' | 'out' | 'last' => {
    if (line.trim() === '' || line.trimStart().startsWith('#')) return 'on'
    const [, start = '', rest = ''] = LINE.exec(line) ?? []
    if (start.length < column) return 'out'
    if (start.length > column) return 'on'
    const key = KEY.exec(line)?.[4]
    if (key !== undefined) keys.push(key)
    if (key === 'type') type ??= /:\s*["']?([\w.-]+)/u.exec(rest)?.[1]
    return start.includes('-') ? 'last' : 'on'
  }
  for (let i = at; i >= 0; i--) {
    const seen = look(lines[i] ?? '')
    if (seen !== 'on') break
  }
  for (let i = at + 1; i < lines.length; i++) {
    const line = lines[i] ?? ''
    const [, start = ''] = LINE.exec(line) ?? []
    if (line.trim() !== '' && (start.length < column || (start.length === column && start.includes('-')))) break
    if (look(line) === 'out') break
  }
  return { keys, type }
}

/** The nearest bracket that is open at a place, looking back over a screenful. */
function openFlow(text: string, at: number): number | undefined {
  let depth = 0
  for (let i = at - 1; i >= Math.max(0, at - 4_000); i--) {
    const sign = text[i]
    if (sign === '}' || sign === ']') depth += 1
    else if (sign === '{' || sign === '[') {
      if (depth === 0) return i
      depth -= 1
    }
  }
  return undefined
}

function inFlow(text: string, open: number, at: number): Spot | undefined {
  const inside = text.slice(open + 1, at)
  const written = /(?:^|,)\s*(?:("?)([\w.$@/-]+)\1 *: +)?([\w.$@/-]*)$/u.exec(inside)
  if (written === null) return undefined
  const isList = text[open] === '['
  // What the bracket is the value of: a key right before it, an item of a list, or what an outer bracket holds.
  const before = text.slice(0, open)
  const key = /(?:^|[\s{,-])("?)([\w.$@/-]+)\1 *: *$/u.exec(before)?.[2]
  const outerOpen = openFlow(text, open)
  const outer = key === undefined ? outside(text, open, outerOpen) : outside(text, open - (/("?)[\w.$@/-]+\1 *: *$/u.exec(before)?.[0].length ?? 0), outerOpen)
  const way = [...outer.way, ...(key === undefined ? [] : [key]), ...(isList ? ['#'] : [])]
  const own = flat(inside + (/^[^{}[\]]*/u.exec(text.slice(at))?.[0] ?? ''))
  const types = way.at(-1) === '#' && key === undefined && outer.types.length > 0 ? [...outer.types.slice(0, -1), own.get('type')] : [...outer.types, ...(isList ? [undefined] : [])]
  return { way, types, beside: new Set(own.keys()), ...(written[2] !== undefined && !isList && { key: written[2] }), from: at - (written[3] ?? '').length }
}

function outside(text: string, at: number, open: number | undefined): { readonly way: readonly string[]; readonly types: readonly (string | undefined)[] } {
  if (open !== undefined) {
    const spot = inFlow(text, open, at)
    return spot ?? { way: [], types: [] }
  }
  const start = text.lastIndexOf('\n', at - 1) + 1
  const [, lead = ''] = LINE.exec(text.slice(start, at)) ?? []
  return climb(text.split('\n'), text.slice(0, start).split('\n').length - 1, lead)
}

/** The plain pairs of a flow mapping at its own depth. */
function flat(inside: string): ReadonlyMap<string, string> {
  let plain = inside
  for (let before = ''; before !== plain;) {
    before = plain
    plain = plain.replaceAll(/\{[^{}]*\}|\[[^[\]]*\]/gu, '…')
  }
  return new Map([...plain.matchAll(/(?:^|,)\s*"?([\w.$@/-]+)"? *: *"?([\w.-]*)/gu)].map(([, key = '', value = '']) => [key, value]))
}
